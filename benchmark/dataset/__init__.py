"""Reads bugs from files: our YAML, anybody's JSONL and Parquet, and the rows and splits of a dataset."""
