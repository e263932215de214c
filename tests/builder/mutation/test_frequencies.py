"""How often people make each mistake: every operator has a figure or is named as one without, and the page has them."""

import re
from pathlib import Path

import pytest

from debugarena.builder.mutation.frequencies import KINDS, N_FIXES, UNKNOWN, WEIGHTS
from debugarena.builder.mutation.operators import BY_NAME, OPERATORS


def test_the_page_has_the_figures_of_every_kind_of_fix() -> None:
    page = (Path(__file__).parents[3] / "docs" / "generation.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| ([\w, ]+) \| (\d+) \| (`.+`.*) \|$", page, re.MULTILINE)
    assert [(fix, labels, int(count)) for fix, labels, count, _ in rows] == [
        (kind.fix, kind.labels, kind.count) for kind in KINDS
    ]
    for kind, (*_, listed) in zip(KINDS, rows, strict=True):
        shares = {name: float(share or 1) for name, share in re.findall(r"`(\w+)`(?: \((\d+)\))?", listed)}
        assert shares == kind.shares
    unknown = [operator.name for operator in OPERATORS if operator.name not in WEIGHTS]
    assert f"counts the mistakes of {' and '.join(f'`{name}`' for name in unknown)}" in page
    assert f"the median weight, {UNKNOWN:g}." in page


def test_every_operator_has_a_weight_and_belongs_to_one_kind_of_fix() -> None:
    named = [name for kind in KINDS for name in kind.shares]
    assert len(set(named)) == len(named)
    assert set(named) <= set(BY_NAME)
    assert all(0 < kind.count <= N_FIXES for kind in KINDS)
    assert sum(WEIGHTS.values()) == pytest.approx(sum(kind.count for kind in KINDS))
    assert BY_NAME["wrong_variable"].weight == pytest.approx(42 * 69 / 99)
    assert BY_NAME["wrong_jump"].weight == UNKNOWN
