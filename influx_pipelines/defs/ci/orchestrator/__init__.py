"""The runs of this orchestrator, which is no CI service, as job data."""
