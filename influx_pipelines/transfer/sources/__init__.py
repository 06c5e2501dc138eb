"""What can be exported: a bucket as it is, a bucket aggregated, the answer to a script."""
