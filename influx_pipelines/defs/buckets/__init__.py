"""Buckets, their DBRP mappings, their profiles, and the sensor that sees new ones."""
