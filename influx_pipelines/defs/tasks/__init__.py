"""Tasks of InfluxDB: applied from the estate, and watched."""
