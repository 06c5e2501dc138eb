"""The stand-in InfluxDB: its own process, spoken to over HTTP and imported by nothing."""
