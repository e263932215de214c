"""Runs submissions again, ranks them and shows them on static pages."""
