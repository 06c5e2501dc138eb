"""Weather of the declared places."""
