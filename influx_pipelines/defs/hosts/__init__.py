"""Metrics of this machine."""
