"""Verifying backups without a server."""
