"""The project on several machines: each process of its own, with nothing in common but services."""
