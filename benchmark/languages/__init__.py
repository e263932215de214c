"""Languages of bugs."""
