"""Points of buckets as files, and back."""
