"""How rows are made: bugs are validated in the sandbox, exported to Parquet and published."""
