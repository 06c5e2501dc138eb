"""Alembic's scripts, one a revision of the tables."""
