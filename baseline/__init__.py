"""The reference model's training and its before-and-after scores will live here; nothing is here yet."""
