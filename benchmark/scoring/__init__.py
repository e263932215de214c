"""Grades -> a report with intervals, and a comparison of two."""
