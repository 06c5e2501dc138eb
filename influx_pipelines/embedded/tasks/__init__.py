"""Tasks: the options of a script, their runs, and when those are due."""
