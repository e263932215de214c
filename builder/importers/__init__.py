"""Turns bugs from elsewhere into ordinary, validated bugs: one file per source, and what all sources share."""
