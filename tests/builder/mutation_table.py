"""Runs every mutant of our reference fixes on the tests of its bug and writes the table of scores into docs/bug-format.md.

python tests/builder/mutation_table.py    # 20 s; prints what survives, and what is no longer equivalent
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.progress import track
from ruamel.yaml import YAML

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.builder.mutation_score import MutationScore, mutation_scores

PAGE = Path(__file__).parents[2] / "docs" / "bug-format.md"
EQUIVALENTS = Path(__file__).with_name("equivalents.yaml")
HEAD = "| bug | tests | mutants | do not end | equivalent | noticed | score |\n|---|---:|---:|---:|---:|---:|---:|\n"


def read_equivalents() -> dict[str, list[str]]:
    """Bug id -> its mutants that no test can notice."""
    listed = YAML(typ="safe").load(EQUIVALENTS)
    return {bug_id: [entry["mutant"] for entry in entries] for bug_id, entries in listed.items()}


def row(bug: Bug, found: MutationScore) -> str:
    counts = (len(bug.tests), found.n_mutants, found.n_endless, len(found.equivalents), found.n_noticed)
    return f"| `{bug.bug_id}` | {' | '.join(map(str, counts))} | {found.score:.3f} |\n"


def page_with(rows: Iterable[str]) -> str:
    """The page, with these rows in place of those of its table."""
    before, head, after = PAGE.read_text(encoding="utf-8").partition(HEAD)
    assert head, f"{PAGE} has lost the table that begins with {HEAD!r}"
    rest = "".join(line for line in after.splitlines(keepends=True) if not line.startswith("| `"))
    return before + head + "".join(rows) + rest


def measure(bugs: list[Bug], sandbox: Sandbox) -> Mapping[str, MutationScore]:
    """Bug id -> score."""
    found = track(mutation_scores(bugs, sandbox, read_equivalents()), "Measuring", total=len(bugs), transient=True)
    return {score.bug_id: score for score in found}


if __name__ == "__main__":
    bugs = load_bugs()
    with Sandbox() as sandbox:
        scores = measure(bugs, sandbox)
    PAGE.write_text(page_with(row(bug, scores[bug.bug_id]) for bug in bugs), encoding="utf-8")
    equivalents = read_equivalents()
    for bug_id, score in scores.items():
        for text in score.survivors:
            print(f"{bug_id}: add a test that notices {text}")
        for text in {*equivalents.get(bug_id, ())} - {*score.equivalents}:
            print(f"{bug_id}: take out of {EQUIVALENTS.name} what is noticed or no longer made: {text}")
