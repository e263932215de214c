"""Turns programs into new, proven bugs: candidates by number, in many processes, into a folder or a stream."""
