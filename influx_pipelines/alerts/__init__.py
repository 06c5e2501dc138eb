"""Alerts: a lasting store of statuses, incidents with a lifecycle, and their delivery."""
