"""API tokens: their rights, where their secrets go, and how one takes the place of another."""
