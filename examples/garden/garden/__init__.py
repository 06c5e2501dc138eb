"""The weather of a garden."""
