"""Doors to other frameworks: one file each."""
