"""Cases recorded on real InfluxDB servers, held against the embedded one."""
