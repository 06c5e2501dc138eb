"""Ours against what one would use otherwise, in one run on one machine."""
