"""The Dagster layer, one folder a topic; whoever deletes a folder deletes the feature."""
