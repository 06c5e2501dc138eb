"""Weather of places: providers, history, and a sample for a machine without network."""
