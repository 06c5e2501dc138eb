"""From text to tree, as InfluxData's own parser does it, which goes on behind every error."""
