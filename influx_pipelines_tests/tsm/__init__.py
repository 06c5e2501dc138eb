"""TSM files as a server writes them, for tests and benchmarks: the way back of what is tested."""
