"""Trains a reference model on the training bugs, and reports what that did: before and after, with intervals."""
