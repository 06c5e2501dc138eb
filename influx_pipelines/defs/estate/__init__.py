"""The kinds that are lists in the estate's files, the plan of everything, and drift."""
