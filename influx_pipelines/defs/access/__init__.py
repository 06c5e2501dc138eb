"""API tokens: those that are declared, and a report of all."""
