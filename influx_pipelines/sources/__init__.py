"""The outside world as rows with declared types; nothing here knows of Dagster."""
