"""Which InfluxDB is spoken to, and starting one where none is given."""
