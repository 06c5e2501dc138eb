"""What is looked at, a small file a subject; nothing here imports Dagster."""
