"""The effect of training: two scores of every set and the change between them, as data and for people."""
