"""Backups in the official format, over HTTP, with an operator token."""
