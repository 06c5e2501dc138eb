"""The server itself: what it is, whether it is well, what our token may do."""
