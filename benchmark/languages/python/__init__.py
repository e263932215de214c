"""Python: reads solutions, says what they may not do, renders values."""
