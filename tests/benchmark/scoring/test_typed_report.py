"""A report.json stays what it is to the byte: made anew, or read and written again. What is no report is refused."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from golden.remake import HERE, golden_reports
from made_reports import made_report

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.rewards import SIGNALS
from debugarena.benchmark.scoring.compare import read_report
from debugarena.benchmark.scoring.tables import write_report
from debugarena.benchmark.scoring.typed_report import ESTIMATES, Estimate, Report

GOLDEN = sorted(HERE.glob("report-*.json"))


def written(report: Report) -> str:
    return json.dumps(report.to_json(), indent=1) + "\n"


def test_scores_leave_the_golden_reports() -> None:
    made = golden_reports()
    assert {path.name for path in GOLDEN} == set(made)
    for name, text in made.items():
        assert text == (HERE / name).read_text(), f"{name}; if this is meant: python tests/golden/remake.py"


def test_golden_reports_come_back_as_the_same_bytes() -> None:
    assert len(GOLDEN) == 4
    for path in GOLDEN:
        assert written(Report.from_json(json.loads(path.read_text()))) == path.read_text(), path


def test_the_command_writes_what_it_would_read(tmp_path: Path) -> None:
    report = made_report([[1, None], [2, 3]], attempts=3, samples=2)
    write_report(report, tmp_path)
    assert read_report(tmp_path) == report


def test_every_signal_is_a_number_of_a_report() -> None:
    assert {*SIGNALS} < {*ESTIMATES} < {*Report.__annotations__}


def test_a_report_of_the_first_grading_is_read_as_such() -> None:
    found = json.loads(GOLDEN[0].read_text())
    for absent in ("grading", "answers", "model"):
        found.pop(absent)
    report = Report.from_json(found)
    assert (report.grading, report.answers, report.model.name, report.sampling) == (1, None, None, None)
    assert report.not_graded == {}


DAMAGE: list[tuple[tuple[str | int, ...], Any]] = [
    (("solve_rate",), None),
    (("solve_rate",), "0.5"),
    (("solve_rate",), True),
    (("reward_ci95",), [1.0]),
    (("reward_ci95",), {"low": 1.0}),
    (("n",), 1.5),
    (("dataset",), []),
    (("dataset", "hash"), 1),
    (("protocol",), None),
    (("protocol", "attempts"), "1"),
    (("protocol", "attempts"), 4),
    (("protocol", "anonymise"), None),
    (("sandbox", "layers"), "none"),
    (("breakdowns",), []),
    (("breakdowns", "level"), [1]),
    (("not_graded",), ["python/clamp"]),
    (("bugs",), {}),
    (("bugs", 0), "python/clamp"),
    (("bugs", 0, "solved_at"), 1),
    (("bugs", 0, "solved_at"), ["1"]),
    (("grading",), None),
    (("answers",), 3),
    (("model",), "oracle"),
    (("sampling",), [0.8]),
]


@pytest.mark.parametrize(("place", "value"), DAMAGE, ids=str)
def test_a_damaged_report_is_refused_in_one_sentence(tmp_path: Path, place: tuple[str | int, ...], value: Any) -> None:
    found = json.loads((HERE / "report-file.json").read_text())
    *way, last = place
    inner: Any = found
    for step in way:
        inner = inner[step]
    inner[last] = value
    (tmp_path / "report.json").write_text(json.dumps(found))
    with pytest.raises(UsageError, match=r"report\.json: not a report of debugarena score$"):
        read_report(tmp_path)


def test_a_report_without_one_of_its_keys_is_refused() -> None:
    whole = json.loads((HERE / "report-file.json").read_text())
    for key in whole.keys() - {"grading", "answers", "model", "sampling", "not_graded"}:
        if key.startswith(("solved@", "pass@")) and not key.endswith("_ci95"):
            continue  # fewer attempts or samples
        part = copy.deepcopy(whole)
        del part[key]
        with pytest.raises(KeyError):
            Report.from_json(part)


def test_a_key_of_the_former_dict_still_works_with_a_warning() -> None:
    report = made_report([[1], [None]])
    with pytest.warns(DeprecationWarning, match=r"report\.solve_rate\.value"):
        assert report["solve_rate"] == 0.5
    with pytest.warns(DeprecationWarning, match=r"to_json\(\)"):
        assert report["bugs"][1]["solved_at"] == [None]
    with pytest.warns(DeprecationWarning, match="a report has fields now"), pytest.raises(KeyError):
        _ = report["no-such-number"]


def test_an_interval_is_a_pair_or_null() -> None:
    assert Estimate(0.5, (0.25, 0.75)).to_json("reward") == {"reward": 0.5, "reward_ci95": [0.25, 0.75]}
    assert Estimate(0.5, None).to_json("reward") == {"reward": 0.5, "reward_ci95": None}
