"""Bugs as they lie in files: YAML of ours, JSONL and Parquet of anybody, rows and splits of a dataset."""
