"""What is told of incidents, and how it gets to people."""
