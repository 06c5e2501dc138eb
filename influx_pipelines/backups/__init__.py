"""Backups of a server: taken, verified without it, kept by a policy, and restored."""
