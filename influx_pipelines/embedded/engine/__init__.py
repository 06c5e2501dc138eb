"""Runs Flux over stored points: a tree of closures over column lists."""
