import json
from pathlib import Path

import pytest
from conftest import as_row

from debugarena.baseline.evaluate import DEFAULT_PROMPT, EVALUATIONS
from debugarena.benchmark import Bug, load_bugs
from debugarena.benchmark.cli import main

pytestmark = pytest.mark.usefixtures("no_pictures")

PROTOCOL = Path(__file__).parents[2] / "baseline" / "results" / "PROTOCOL.md"


def test_a_model_is_scored_on_every_set(
    generated_export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "before"
    assert main(["evaluate", "noop", "--dataset", str(generated_export), "--out", str(out)]) == 0
    assert "1/5 test: 300 generated test bugs" in capsys.readouterr().err
    reports = {name: json.loads((out / name / "report.json").read_text()) for name in EVALUATIONS}
    assert {name: report["n"] for name, report in reports.items()} == {
        "test": 300,
        "test-anonymised": 300,
        "handcrafted": len(load_bugs()),
        "handcrafted-pass8": len(load_bugs()),
        "handcrafted-attempts5": len(load_bugs()),
    }
    assert reports["test"]["n_programs"] == 110
    assert reports["handcrafted-pass8"]["n_samples"] == 8
    assert reports["handcrafted-attempts5"]["protocol"]["attempts"] == 5
    assert reports["test-anonymised"]["protocol"]["anonymise"] is True


def test_what_is_done_is_not_done_again(
    generated_export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "evaluate",
        "noop",
        "--dataset",
        str(generated_export),
        "--out",
        str(tmp_path / "o"),
        "--only",
        "handcrafted",
    ]
    assert main(command) == main(command) == 0
    assert f"resuming from {len(load_bugs())} completions" in capsys.readouterr().err


def test_an_unknown_set_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "noop", "--out", str(tmp_path), "--only", "train"]) == 2
    assert "unknown set 'train'; there are test, test-anonymised" in capsys.readouterr().err


def test_bugs_of_others_are_scored_as_transfer(tmp_path: Path, flip: Bug, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bugs.jsonl").write_text(json.dumps(as_row(flip)) + "\n")
    command = ["evaluate", "oracle", "--out", str(tmp_path / "o"), "--only", "transfer-other", "--transfer"]
    assert main([*command, f"other={tmp_path}/bugs.jsonl"]) == 0
    assert json.loads((tmp_path / "o" / "transfer-other" / "report.json").read_text())["solve_rate"] == 1.0
    capsys.readouterr()
    assert main([*command, "../x=y"]) == 2
    assert "--transfer ../x=y: write NAME=FILE" in capsys.readouterr().err


def test_the_protocol_says_what_is_done() -> None:
    primary, text = EVALUATIONS["test"], PROTOCOL.read_text()
    sampling = primary.protocol()["sampling"]
    assert f"{primary.limit} bugs of `generated/{primary.split}`, at most three a program" in text
    assert (primary.per_program, sampling.temperature, primary.attempts) == (3, 0.0, 1)
    assert f"`{DEFAULT_PROMPT}`, {sampling.max_new_tokens} new tokens, temperature 0" in text
