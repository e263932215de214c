"""Trains a reference model on the training bugs, and reports the effect: before and after, with intervals."""
