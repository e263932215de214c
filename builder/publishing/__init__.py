"""Bugs -> a dataset in Parquet, with its card, and its upload."""
