"""Bugs from elsewhere -> ordinary, validated bugs: one file a source, and what all sources share."""
