"""`debugarena score` and `show` as a person uses them: right numbers, files left behind, one sentence on misuse."""

import json
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from conftest import as_row
from lesser_kernel import EPERM, debugarena_without

from debugarena.benchmark import Bug, load_bugs
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.selection import select_bugs
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.scoring import progress
from debugarena.benchmark.scoring.progress import ProgressBar
from debugarena.benchmark.scoring.score_model import _public_name

DRAWN = (
    "test_a_score_leaves_its_files_and_a_second_run_changes_no_byte",
    "test_a_full_disk_is_named_with_its_file_and_leaves_no_part",
)


@pytest.fixture(autouse=True)
def _drawn_where_looked_at(request: pytest.FixtureRequest) -> None:
    if request.node.originalname not in DRAWN:
        request.getfixturevalue("no_pictures")


BUGS = load_bugs()
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no jail elsewhere")


def _score(*arguments: object) -> int:
    return main(["score", *map(str, arguments)])


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scores of two models on all bugs with each prompt, as <model>-<prompt>."""
    folder = tmp_path_factory.mktemp("scored")
    for model, prompt in product(("oracle", "noop"), ("chat-v1", "complete-v1")):
        assert _score("--model", model, "--prompt", prompt, "--out", folder / f"{model}-{prompt}") == 0
    return folder


@pytest.mark.parametrize("prompt", ["chat-v1", "complete-v1"])
def test_oracle_scores_full_marks_and_noop_none(prompt: str, scored: Path) -> None:
    oracle, noop = (json.loads((scored / f"{name}-{prompt}/report.json").read_text()) for name in ("oracle", "noop"))
    assert (oracle["reward"], oracle["solve_rate"], oracle["n"]) == (3.2, 1.0, len(BUGS))
    assert noop["solve_rate"] == 0.0
    assert noop["echo_rate"] == 1.0
    assert noop["reward"] == noop["noop_reward"] == oracle["noop_reward"]
    assert noop["reward_above_noop"] == 0.0


def test_anonymised_oracle_still_scores_full_marks(tmp_path: Path) -> None:
    assert _score("--model", "oracle", "--anonymise", "--out", tmp_path) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["solve_rate"] == 1.0
    assert report["protocol"]["anonymise"] is True


def test_a_score_leaves_its_files_and_a_second_run_changes_no_byte(tmp_path: Path) -> None:
    arguments = ("--model", "noop", "--limit", 3, "--attempts", 2, "--out", tmp_path)
    assert _score(*arguments) == 0
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(first) == ["completions.jsonl", "report.json", "report.md", "report.png", "run.json"]
    assert first["report.png"].startswith(b"\x89PNG")
    assert _score(*arguments) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_every_headline_number_carries_its_interval(scored: Path) -> None:
    report = json.loads((scored / "noop-chat-v1" / "report.json").read_text())
    names = "solve_rate reward tests_passing full_solve_bonus format_compliance anti_hacking".split()
    for name in [*names, "noop_reward", "reward_above_noop", "echo_rate", "forbidden_rate", "overfit_rate", "solved@1"]:
        low, high = report[f"{name}_ci95"]
        assert low <= report[name] <= high, name


def test_completions_from_a_file_score_like_the_run_that_made_them(tmp_path: Path, scored: Path) -> None:
    made = scored / "oracle-chat-v1"
    file = made / "completions.jsonl"
    assert _score("--completions", file, "--out", tmp_path / "b") == 0
    a, b = (json.loads((folder / "report.json").read_text()) for folder in (made, tmp_path / "b"))
    for report in (a, b):
        for key in ("model", "sampling"):
            report.pop(key, None)
    assert a == b
    assert (tmp_path / "b" / "completions.jsonl").read_bytes() == file.read_bytes()


def test_completions_from_a_file_are_not_mixed_with_another_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _score("--model", "noop", "--limit", 3, "--out", tmp_path) == 0
    report, file = (tmp_path / name for name in ("report.json", "completions.jsonl"))
    before = report.read_bytes()
    assert _score("--completions", file, "--limit", 3, "--out", tmp_path) == 2
    assert "choose another --out" in capsys.readouterr().err
    assert report.read_bytes() == before


def test_a_limit_is_always_the_same_mixed_choice() -> None:
    chosen = select_bugs(BUGS, 10)
    assert chosen == select_bugs(BUGS[::-1], 10)
    assert {bug.difficulty for bug in chosen} == {"easy", "medium", "hard"}
    assert {b.bug_id for b in chosen} < {b.bug_id for b in select_bugs(BUGS, 20)}


def test_at_most_so_many_of_a_program_are_chosen() -> None:
    bugs = [replace(bug, program=f"p{i % 5}") for i, bug in enumerate(BUGS)]
    chosen = select_bugs(bugs, None, per_program=3)
    assert set(Counter(bug.program for bug in chosen).values()) == {3}
    assert chosen == select_bugs(bugs[::-1], None, per_program=3)
    assert len(select_bugs(bugs, 10, per_program=3)) == 10
    with pytest.raises(UsageError, match="--limit is 16, but there are 15 bugs"):
        select_bugs(bugs, 16, per_program=3)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--model", "gpt"], "unknown model"),
        (["--model", "oracle", "--attempts", "6"], "attempts is 6; it must be 1 to 5"),
        (["--model", "oracle", "--limit", "0"], "--limit is 0"),
        (["--model", "oracle", "--limit", "9999"], f"there are {len(load_bugs())} bugs"),
        (["--model", "hf:nowhere", "--samples", "2"], "set a temperature"),
        (["--model", "oracle", "--dataset", "nowhere"], "no such folder"),
        (["--model", "oracle", "--split", "test"], "leave out --split"),
        (["--completions", "nowhere.jsonl"], "cannot be read"),
        (["--model", "oracle", "--k", "5", "--limit", "2"], "asked for pass@5"),
    ],
)
def test_misuse_gets_one_sentence_and_exit_code_two(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", *arguments, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("debugarena score: ")
    assert complaint in error


def test_completions_that_lack_a_bug_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text(json.dumps({"bug_id": BUGS[0].bug_id, "completion": "x"}) + "\n")
    assert _score("--completions", file, "--out", tmp_path / "out") == 2
    assert f"{len(BUGS) - 1} of {len(BUGS)} bugs have no completion" in capsys.readouterr().err


def test_a_part_is_scored_by_a_list_of_its_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids, answers, out = tmp_path / "ids.txt", tmp_path / "answers.jsonl", tmp_path / "out"
    ids.write_text(f"\ufeff{BUGS[5].bug_id}\n\n{BUGS[2].bug_id}\n", encoding="utf-8")
    answers.write_text("".join(json.dumps({"bug_id": b.bug_id, "completion": b.fixed_code}) + "\n" for b in BUGS[:9]))
    assert _score("--completions", answers, "--bugs", ids, "--out", out) == 0
    report = json.loads((out / "report.json").read_text())
    assert [line["bug_id"] for line in report["bugs"]] == [BUGS[2].bug_id, BUGS[5].bug_id]
    assert report["solve_rate"] == 1.0
    for text, complaint in (("python/nothing\n", "ids.txt:1: no bug 'python/nothing'"), ("\n", "lists no ids")):
        ids.write_text(text)
        assert _score("--completions", answers, "--bugs", ids, "--out", out) == 2
        assert complaint in capsys.readouterr().err


def test_one_bug_is_not_called_bugs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _score("--model", "noop", "--limit", 1, "--out", tmp_path) == 0
    said = "".join(capsys.readouterr()) + (tmp_path / "report.md").read_text()
    assert "noop: 1 bug, chat-v1, 1 attempt\n" in said
    assert "attempt 1: 1 completion\n" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
@pytest.mark.parametrize("name", ["run.json", "report.json", "report.md", "report.png"])
def test_a_full_disk_is_named_with_its_file_and_leaves_no_part(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"{name}.part").symlink_to("/dev/full")
    assert _score("--model", "noop", "--limit", 2, "--out", tmp_path) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == f"debugarena score: {tmp_path / name}: No space left on device"
    assert not [*tmp_path.glob("*.part")]


@linux_only
def test_a_weak_sandbox_is_refused_unless_allowed_and_then_every_report_says_so(tmp_path: Path) -> None:
    words = ("score", "--model", "noop", "--limit", 2, "--out")
    refused = debugarena_without({"filters": EPERM}, *words, tmp_path / "refused")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "too weak here (seccomp: " in refused.stderr
    assert "--allow-weak" in refused.stderr
    weak = debugarena_without({"filters": EPERM}, *words, tmp_path / "weak", "--allow-weak")
    assert weak.returncode == 0, weak.stderr
    assert "\nWeak sandbox: no filter of system calls (seccomp).\n" in weak.stdout
    report = json.loads((tmp_path / "weak" / "report.json").read_text())
    assert report["sandbox"]["weak"] is True
    assert report["solve_rate"] == 0.0
    assert "- **Weak sandbox: no filter of system calls (seccomp).**\n" in (tmp_path / "weak" / "report.md").read_text()


@linux_only
def test_a_jail_is_not_called_weak_though_weakness_was_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _score("--model", "noop", "--limit", 2, "--allow-weak", "--out", tmp_path) == 0
    assert json.loads((tmp_path / "report.json").read_text())["sandbox"]["weak"] is False
    assert "Weak sandbox" not in capsys.readouterr().out + (tmp_path / "report.md").read_text()


@linux_only
def test_show_in_a_weak_sandbox_needs_leave_and_warns() -> None:
    assert debugarena_without({"filters": EPERM}, "show", "add-subtracts").returncode == 2
    weak = debugarena_without({"filters": EPERM}, "show", "add-subtracts", "--allow-weak", "--json")
    assert (weak.returncode, weak.stderr) == (0, "Weak sandbox: no filter of system calls (seccomp).\n")
    assert json.loads(weak.stdout)["n_hidden_failed"] > 0


def test_show_hides_the_solution_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "first-char-empty"]) == 0
    plain = capsys.readouterr().out
    assert "def first_char(s):" in plain
    assert "IndexError" in plain
    assert "hidden tests" in plain
    assert main(["show", "first-char-empty", "--solution"]) == 0
    solved = capsys.readouterr().out
    bug = next(b for b in BUGS if b.bug_id == "python/first-char-empty")
    fixed_line = next(line for line in bug.fixed_code.splitlines() if line not in bug.buggy_code.splitlines())
    assert fixed_line.strip() not in plain
    assert fixed_line.strip() in solved


def test_show_of_an_unknown_bug_names_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "first-chr"]) == 2
    assert "python/first-char-empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spec", "info", "name"),
    [
        ("hf:/home/me/my-model", {"id": "my-model"}, "hf:my-model"),
        ("gguf:/home/me/m.gguf", {"id": "m.gguf"}, "gguf:m.gguf"),
        ("openai:http://u:p@h/v1#m", {"id": "m"}, "openai:m"),
        ("oracle", {"id": "oracle"}, "oracle"),
    ],
)
def test_a_report_names_no_folder_and_no_address(spec: str, info: dict[str, str], name: str) -> None:
    assert _public_name(spec, info) == name


# progress where there is no terminal


def test_a_log_gets_a_line_now_and_then_while_nothing_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.05)
    said = ""
    with ProgressBar() as bar:
        bar.update(1, 16, 42)
        deadline = time.monotonic() + 30
        while "attempt 1: 16 of 42 completions" not in said and time.monotonic() < deadline:
            time.sleep(0.01)
            said += capsys.readouterr().err
        bar.update(1, 42, 42)
    said += capsys.readouterr().err
    assert "attempt 1: 16 of 42 completions\n" in said
    assert "attempt 1: 42 completions\n" in said
    time.sleep(0.2)
    assert capsys.readouterr().err == ""


# `debugarena show` for who wants to try a bug: lines to their end, and nothing that gives the bug away

LONG = "a" * 150
OPERATORS = ("slice_bound", "dropped_guard")


@pytest.fixture
def made(tmp_path: Path, bugs: list[Bug]) -> str:
    """A file with a generated bug, one line of whose code is long."""
    bug = next(bug for bug in bugs if bug.bug_id == "python/first-char-empty")
    bug = replace(
        bug,
        title="first_char: slice bound, dropped guard",
        origin_kind="generated",
        level=4,
        operators=OPERATORS,
        buggy_code=f'def first_char(s):\n    return s[0]  # "{LONG}"\n',
    )
    (tmp_path / "bugs.jsonl").write_text(json.dumps(as_row(bug)) + "\n")
    return str(tmp_path / "bugs.jsonl")


@pytest.mark.parametrize("width", ["40", "80", "400"])
def test_piped_lines_are_whole(
    made: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main(["show", "first-char-empty", "--dataset", made, "--solution"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f'      return s[0]  # "{LONG}"' in lines
    assert f'  -    return s[0]  # "{LONG}"' in lines
    assert "fails  first_char('') should return '', but it raised IndexError (string index out of range)" in lines


def test_a_terminal_folds_code_and_loses_none(
    made: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["show", "first-char-empty", "--dataset", made]) == 0
    assert capsys.readouterr().out.count("a") >= len(LONG)


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_what_gives_a_bug_away_is_shown_with_the_solution_alone(
    made: str, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "first-char-empty", "--dataset", made, *flags]) == 0
    plain = capsys.readouterr().out
    assert main(["show", "first-char-empty", "--dataset", made, "--solution", *flags]) == 0
    solved = capsys.readouterr().out
    for telling in ("slice bound", *OPERATORS):
        assert telling not in plain
        assert telling in solved
    if not flags:
        assert plain.splitlines()[0] == "python/first-char-empty  level 4, easy, missing-edge-case"
