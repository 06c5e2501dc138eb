"""Speaking to an InfluxDB v2 server: one client, its errors, paging, line protocol, CSV."""
