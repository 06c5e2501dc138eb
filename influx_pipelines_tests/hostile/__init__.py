"""Hostile frames: drawn by hypothesis together with what a server must hold afterwards."""
