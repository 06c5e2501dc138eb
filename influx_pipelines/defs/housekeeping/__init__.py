"""Looking after Dagster's own history."""
