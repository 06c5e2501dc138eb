"""Export and import: a bucket or a query to files and back, resumable window by window."""
