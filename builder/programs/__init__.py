"""Correct programs, the stuff that bugs are made from: one file a domain, ordinary typed Python.

A program is a public function or class with a docstring: the contract in one sentence, then a hand-written example as a
doctest. Beside it stands `inputs_<name>(rng)`, which yields arguments, edges first and then without end: a tuple of
arguments for one call, or a list of `(name, *arguments)` for several calls in one namespace (draw.Calls). Names with a
leading underscore help a program and go with it. How a program is read out of its file is in builder/program.py.
"""

from pathlib import Path

DOMAINS = tuple(sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py") if file.stem != "draw"))
