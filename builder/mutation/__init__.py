"""Edits Python source: finds the places where operators can edit, and makes their edits."""
