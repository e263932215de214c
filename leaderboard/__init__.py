"""Submissions, re-executed before they are ranked, will live here; nothing is here yet."""
