"""Copies of verified backups elsewhere: sent, encrypted, checked there, kept by policy, fetched."""
