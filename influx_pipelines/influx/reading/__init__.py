"""Reading: annotated CSV to Arrow while it arrives, and the Flux for people who write none."""
