"""Backups of any v2 server: line protocol by buckets and windows of time, and the estate."""
