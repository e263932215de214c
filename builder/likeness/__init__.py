"""Finds programs and bugs that are the same task in other words, by running each on the tests of the others."""
