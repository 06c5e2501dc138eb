"""Statuses of InfluxDB's checks, kept for good, and the incidents that they make."""
