"""Edits of Python source: where there are any, and what each operator makes of a place."""
