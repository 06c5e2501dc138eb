"""Jobs of continuous integration, and the runs of this orchestrator, which are jobs too."""
