"""The files of a shard, `.tsm` and `.tombstone`: checked, counted and read without a server."""
