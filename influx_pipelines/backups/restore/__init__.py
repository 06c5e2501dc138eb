"""Restoring a backup, whole or a bucket of it, and proving that one can be restored."""
