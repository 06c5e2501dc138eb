"""The HTTP API: alerts in and out, host metrics, checks, records."""
