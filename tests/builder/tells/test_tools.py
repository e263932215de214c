"""mypy and ruff over pairs of codes: what the buggy code alone breaks is named, by tool and rule."""

import importlib.metadata

import pytest

from debugarena.benchmark.errors import UsageError
from debugarena.builder.tells.tools import tool_tells, tool_versions

MEAN = """def mean(values: list[int], places: int) -> float:
    total = 0
    for value in values:
        total += value
    return round(total / len(values), places)
"""
PAIRS = [
    (MEAN.replace("total += value", "total -= value"), MEAN),
    (MEAN.replace("round(total / len(values), places)", "total / len(values)"), MEAN),
    (MEAN.replace("len(values)", '"values"'), MEAN),
    (MEAN.replace("total += value", "total += values"), MEAN),
    (MEAN.replace("total / ", "total  / "), MEAN),
    (MEAN, MEAN),
]


def test_rules_that_only_the_buggy_code_breaks_are_named_pair_by_pair() -> None:
    silent, unused, wrong_type, list_added, layout, same = tool_tells(PAIRS)
    assert silent == same == ()
    assert unused == ("ruff ARG001",)
    assert wrong_type == ("mypy operator",)
    assert list_added == ("mypy operator", "ruff B007")
    assert layout == ("ruff unformatted",)


def test_what_both_codes_break_is_not_named() -> None:
    untyped = MEAN.replace(": list[int]", "")
    assert tool_tells([(untyped.replace("+= value", "-= value"), untyped)]) == [()]


def test_no_pairs_have_no_tells() -> None:
    assert tool_tells([]) == []


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_mypy(name: str) -> str:
        if name == "mypy":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr("debugarena.builder.tells.tools.version", without_mypy)
    with pytest.raises(UsageError, match=r"mypy is not installed; pip install 'debugarena\[dev\]' installs it"):
        tool_versions()
