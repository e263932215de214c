"""Two scores are compared on the same bugs only, and in words that do not claim more than the numbers do."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_reports import made_report

from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.scoring.compare import SolveTest, compare, in_words
from debugarena.benchmark.scoring.typed_report import Report


def _report(solved: list[int], programs: list[str] | None = None, **protocol: Any) -> Report:
    return made_report([[1 if one else None] for one in solved], programs, **protocol)


def test_seven_against_nine_of_twenty_is_noise() -> None:
    a = [1] * 7 + [0] * 13
    b = [0] * 4 + [1] * 9 + [0] * 7
    result = compare(_report(a), _report(b))
    assert result.solve_test == SolveTest(4, 6, pytest.approx(0.754, abs=0.001))
    text = "\n".join(in_words(result))
    assert "A gain of 10.0 points on 20 bugs is not distinguishable from noise" in text
    assert "p = 0.75" in text


def test_a_clear_gain_and_a_clear_loss_are_called_so() -> None:
    few, many = _report([0] * 18 + [1] * 2), _report([1] * 18 + [1] * 2)
    assert "A gain of 90.0 points on 20 bugs is more than chance explains" in in_words(compare(few, many))[2]
    assert "A loss of 90.0 points on 20 bugs is more than chance explains" in in_words(compare(many, few))[2]


def test_equal_scores_show_no_difference() -> None:
    result = compare(_report([1, 0, 1]), _report([1, 0, 1]))
    assert result.solve_test.solve_p == 1.0
    assert "No difference in solves on 3 bugs" in in_words(result)[2]


def test_bugs_of_one_program_are_not_counted_as_independent() -> None:
    programs = ["same"] * 10 + ["other"] * 2
    result = compare(_report([0] * 12, programs=programs), _report([1] * 10 + [0] * 2, programs=programs))
    assert result.solve_test == SolveTest(None, None, 1.0)
    assert "is not distinguishable from noise (2 programs, 95% interval" in in_words(result)[2]
    assert "sign-flip test over programs p = 1.00)" in in_words(result)[2]


def test_scores_of_other_prompts_are_refused() -> None:
    with pytest.raises(UsageError, match="cannot be compared: they differ in prompt hash"):
        compare(_report([1, 0]), replace(_report([1, 0]), prompt_hash="q"))


@pytest.mark.parametrize("change", [{"attempts": 5}, {"anonymise": True}, {"static_check": False}])
def test_scores_of_different_protocols_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="cannot be compared"):
        compare(_report([1, 0]), _report([1, 0], **change))


def test_scores_of_two_versions_of_grading_are_refused_with_what_to_do() -> None:
    new = _report([1, 0])
    unnamed = {name: value for name, value in new.to_json().items() if name != "grading"}
    old = Report.from_json(unnamed)  # what names no version is of 1
    assert compare(old, replace(new, grading=1)).solve_test == compare(new, new).solve_test
    with pytest.raises(UsageError, match=r"grading version \(1 and 2\); score the older completions again"):
        compare(old, new)


def test_files_that_are_no_reports_get_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "good.json"
    good.write_text(json.dumps(_report([1, 0, 1]).to_json()))
    assert main(["compare", str(good), str(good)]) == 0
    (tmp_path / "bad.json").write_text("[]")
    for bad in (tmp_path / "bad.json", tmp_path / "missing"):
        capsys.readouterr()
        assert main(["compare", str(good), str(bad)]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"debugarena compare: {bad}")
        assert error.count("\n") == 1
