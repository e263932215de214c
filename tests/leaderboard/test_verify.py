"""Submissions are run again: true ones give the same bytes twice, and whatever is not so is refused in one sentence."""

import gzip
import json
import os
import pickle
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
from submissions import META, answers, make_set, submit
from warm_python import WARM

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.schema import DATASET_VERSION, dataset_hash
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.sandbox import Execution, Job
from debugarena.benchmark.scoring.report import Completion
from debugarena.leaderboard import bug_sets, entry
from debugarena.leaderboard import submission as reading
from debugarena.leaderboard.bug_sets import CHOICES, SETS_FOLDER, BugSet, newest_first, read_set, read_sets, write_set
from debugarena.leaderboard.submission import write_lines

pytestmark = pytest.mark.usefixtures("no_pictures")


@pytest.fixture
def few(tmp_path: Path, bugs: list[Bug]) -> BugSet:
    return make_set(tmp_path / "sets", bugs[:6])


def _verify(tmp_path: Path, *more: str) -> int:
    flags = ["--sets", tmp_path / "sets", "--entries", tmp_path / "entries", "--rounds", tmp_path / "rounds"]
    return main(["leaderboard", "verify", str(tmp_path / "in"), *map(str, flags), *more])


def _entry(tmp_path: Path, name: str) -> dict[str, Any]:
    return json.loads((tmp_path / "entries" / f"{name}.json").read_text())


def test_a_submission_is_worth_what_its_completions_are(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [bug.bug_id for bug in few.bugs]
    completions = answers(few, ids[:2])
    completions[3] = replace(completions[3], completion="import os\ndef f(): pass")
    completions[4] = replace(completions[4], completion="no code (")
    submit(tmp_path / "in" / "one", few, completions)
    assert _verify(tmp_path) == 0
    assert "one: few-0.2.0: solves 33.3%" in capsys.readouterr().out
    found = _entry(tmp_path, "one")
    assert found["report"]["solve_rate"] == pytest.approx(2 / 6)
    assert found["report"]["forbidden_rate"] == pytest.approx(1 / 6)
    assert found["report"]["echo_rate"] == pytest.approx(2 / 6)
    assert found["reference_rate"] == pytest.approx(2 / 6)
    assert [line[5] for line in found["verdicts"]] == ["sr", "sr", "e", "fn", "n", "e"]
    assert [line[4] for line in found["verdicts"]][:2] == [3.2, 3.2]


def test_twice_the_same_bytes_and_an_entry_that_holds_is_kept(tmp_path: Path, few: BugSet) -> None:
    submit(tmp_path / "in" / "one", few, answers(few, [few.bugs[0].bug_id]))
    path = tmp_path / "entries" / "one.json"
    assert _verify(tmp_path) == 0
    first, written = path.read_bytes(), path.stat().st_mtime_ns
    assert _verify(tmp_path) == 0
    assert path.stat().st_mtime_ns == written
    path.unlink()
    assert _verify(tmp_path, "--jobs", "1") == 0
    assert path.read_bytes() == first


def test_the_order_and_the_compression_of_a_file_do_not_matter(tmp_path: Path, few: BugSet) -> None:
    folder = submit(tmp_path / "in" / "one", few, answers(few, [few.bugs[0].bug_id]))
    assert _verify(tmp_path) == 0
    before = _entry(tmp_path, "one")
    file = folder / "completions.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(reversed(lines)), compresslevel=1))
    assert _verify(tmp_path) == 0
    assert _entry(tmp_path, "one") == before


def test_one_byte_of_one_completion_changes_only_its_own_verdict(tmp_path: Path, few: BugSet) -> None:
    solved = [bug.bug_id for bug in few.bugs]
    before, after = answers(few, solved), answers(few, solved)
    after[2] = replace(after[2], completion=after[2].completion.replace("return", "retur ", 1))
    submit(tmp_path / "in" / "one", few, before)
    submit(tmp_path / "in" / "two", few, after)
    assert _verify(tmp_path) == 0
    one, two = _entry(tmp_path, "one"), _entry(tmp_path, "two")
    changed = [i for i in range(6) if one["verdicts"][i] != two["verdicts"][i]]
    assert changed == [2]
    assert [i for i in range(6) if one["report"]["bugs"][i] != two["report"]["bugs"][i]] == [2]
    assert one["meta"] == two["meta"]


def test_a_verification_that_was_killed_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, bugs: list[Bug], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_bugs = make_set(tmp_path / "sets", bugs)
    completions = [c for sample in range(20) for c in answers(all_bugs, [bugs[sample].bug_id], sample)]
    changes = {"protocol": {"samples": 20}, "sampling": {"temperature": 1.0}}
    submit(tmp_path / "in" / "one", all_bugs, completions, **changes)
    assert _verify(tmp_path) == 0
    whole = (tmp_path / "entries" / "one.json").read_bytes()
    (tmp_path / "entries" / "one.json").unlink()
    flags = ["--sets", tmp_path / "sets", "--entries", tmp_path / "entries", "--rounds", tmp_path / "rounds"]
    command = [*WARM, "-m", "debugarena.benchmark.cli", "leaderboard", "verify", tmp_path / "in", *flags]
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = tmp_path / "entries" / "one.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.read_text().count("\n") > 125) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert part.exists(), "it had ended before it was killed"
    with part.open("a") as file:
        file.write("01")  # what a kill leaves of a line
    graded: list[int] = []
    grade = entry.grade_codes

    def counting(sandbox: Any, items: Any) -> Any:
        wanted = list(items)
        graded.append(len(wanted))
        return grade(sandbox, wanted)

    monkeypatch.setattr(entry, "grade_codes", counting)
    assert _verify(tmp_path) == 0
    assert (tmp_path / "entries" / "one.json").read_bytes() == whole
    assert sum(graded) < len(completions)
    assert not part.exists()


@pytest.mark.parametrize("left", ["0101\n", "2" * 13 + "\n", "\udcff" * 13 + "\n", ""])
def test_what_another_hand_wrote_into_the_progress_is_run_again(tmp_path: Path, few: BugSet, left: str) -> None:
    submit(tmp_path / "in" / "one", few, answers(few, [bug.bug_id for bug in few.bugs]))
    assert _verify(tmp_path) == 0
    path, part = tmp_path / "entries" / "one.json", tmp_path / "entries" / "one.part"
    whole = path.read_bytes()
    path.unlink()
    part.write_bytes(f"{json.loads(whole)['key']}\n{left}".encode(errors="surrogateescape"))
    assert _verify(tmp_path) == 0
    assert path.read_bytes() == whole


def test_a_run_that_is_killed_again_loses_nothing_that_it_took_over(
    tmp_path: Path, few: BugSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(tmp_path / "in" / "one", few, answers(few))
    grade = entry.grade_codes

    def killed(sandbox: Any, items: Any) -> Any:
        yield from islice(grade(sandbox, items), 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "grade_codes", killed)
    part = tmp_path / "entries" / "one.part"
    for kept in (2, 4):
        assert _verify(tmp_path) == 130
        assert part.read_text().count("\n") == 1 + kept
    monkeypatch.undo()
    assert _verify(tmp_path) == 0
    assert not part.exists()


def test_a_submission_has_its_time_and_the_next_call_goes_on(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(tmp_path / "in" / "one", few, answers(few))
    assert _verify(tmp_path) == 0
    path = tmp_path / "entries" / "one.json"
    whole = path.read_bytes()
    path.unlink()
    capsys.readouterr()
    for done in range(1, 6):
        assert _verify(tmp_path, "--minutes", "0") == 1
        assert f"{done} of 6 completions were run in 0 minutes; call again to resume" in capsys.readouterr().err
    assert _verify(tmp_path) == 0
    assert path.read_bytes() == whole


def test_why_an_answer_is_not_whole_may_stand_there_and_does_not_count(tmp_path: Path, few: BugSet) -> None:
    plain, marked = (submit(tmp_path / name / "one", few, answers(few)) for name in ("plain", "marked"))
    file = marked / "completions.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).splitlines()
    assert not any(b'"why"' in line for line in lines)
    file.write_bytes(gzip.compress(b"\n".join(line[:-1] + b', "why": "cut"}' for line in lines)))
    assert reading.read_submission_folder(marked).digest == reading.read_submission_folder(plain).digest
    marks = [replace(completion, why="cut") for completion in answers(few)]
    write_lines(file, marks)
    assert file.read_bytes() == (plain / "completions.jsonl.gz").read_bytes()


def test_what_is_held_of_a_completion_does_not_grow_with_what_it_says(
    tmp_path: Path, few: BugSet, sandbox: Sandbox
) -> None:
    loud = "def f(*a, **k):\n    print('x' * 16000)\n    return ['y' * 1000] * 60\n"
    said = [
        replace(c, completion=loud.replace("f(", f"{bug.entry_point}("))
        for c, bug in zip(answers(few), few.bugs, strict=True)
    ]
    folder = submit(tmp_path / "in" / "one", few, said)
    submission = reading.read_submission_folder(folder)
    answered = entry._with_bugs(submission.lines, few.bugs)
    context = entry.Context({few.key: few}, {}, [], {})
    held = entry._judge(submission, answered, context, sandbox, tmp_path / "one.part", "key", lambda *_: None)
    assert len(pickle.dumps(([one.grade.verdict for one in held], context.known))) < 1000 * len(held)


def test_what_was_run_for_one_submission_is_not_run_for_the_next(tmp_path: Path, few: BugSet, sandbox: Sandbox) -> None:
    folders = [submit(tmp_path / "in" / name, few, answers(few)) for name in ("one", "two")]
    ran: list[Job] = []

    class Counting:
        layers = sandbox.layers

        def try_many(self, jobs: Iterable[Job]) -> Iterator[Execution | SandboxError]:
            return sandbox.try_many(ran.append(job) or job for job in jobs)  # type: ignore[func-returns-value]

    context = entry.Context({few.key: few}, {}, [], {})
    one, two = (
        (entry.verify(submission, context, tmp_path, cast(Sandbox, Counting()), lambda *_: None), len(ran))
        for submission in map(reading.read_submission_folder, folders)
    )
    assert one[1] == two[1] >= len(few.bugs)
    assert one[0].verdicts == two[0].verdicts
    assert one[0].report == two[0].report


def test_a_refusal_is_one_line_whatever_strangers_wrote(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = submit(tmp_path / "in" / "one", few, answers(few))
    (folder / "x\n::warning::all is well\x1b[2J").write_text("")
    other = submit(tmp_path / "in" / "two", few, answers(few))
    line = _line(bug_id="x\n::warning::all is well" + "A" * 200_000)
    (other / "completions.jsonl.gz").write_bytes(gzip.compress(line + line))
    assert _verify(tmp_path) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 2
    assert "\x1b" not in error
    assert all(len(refusal) < 700 for refusal in error.splitlines())


def test_errata_that_leave_nothing_are_said_in_a_sentence(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(tmp_path / "in" / "one", few, answers(few))
    lines = [
        f"- {{bug_id: {b.bug_id}, versions: [0.2.0], date: 2026-11-26, what: wrong, excluded: true}}" for b in few.bugs
    ]
    (tmp_path / "errata.yaml").write_text("\n".join(["errata:", *lines, ""]))
    assert _verify(tmp_path, "--errata", str(tmp_path / "errata.yaml")) == 1
    assert "the errata leave no bug of few-0.2.0 that counts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": {"hash": "0" * 64}}, "dataset.hash is not that of few-0.2.0"),
        ({"dataset": {"version": "9.9.9"}}, "no set few of dataset version 9.9.9; there are few-0.2.0"),
        ({"dataset": {"set": "../few"}}, "dataset.set is '../few'"),
        ({"protocol": {"prompt_hash": "0" * 64}}, "only the frozen formats are ranked"),
        ({"protocol": {"prompt": "my-own"}}, "protocol.prompt is 'my-own'"),
        ({"protocol": {"samples": 2}}, "2 greedy samples would all be the same"),
        ({"protocol": {"attempts": 2}}, "is not solved at attempt 1, and attempt 2 of the 2 declared"),
        ({"debugarena": "99.0.0"}, "debugarena 99.0.0 is newer than this one"),
        ({"cost": {"completion_tokens": 10**9}}, "cost.completion_tokens is 1000000000, but these completions have"),
        ({"cost": {"completion_tokens": 3}}, "cost.completion_tokens is 3, but these completions have"),
        ({"sampling": {"max_new_tokens": 1}}, "completions.jsonl.gz:2: at least 2 tokens long, but meta.yaml allows 1"),
        ({"reference": "oracle"}, "not what the oracle answers"),
        ({"solve_rate": 1.0}, "unknown key 'solve_rate'"),
        ({"model": {"name": "<b>\n"}}, "model.name is"),
        ({"model": {"name": "abc\u202edef"}}, "model.name is"),
        ({"model": {"url": "javascript:alert(1)"}}, "model.url is"),
        ({"contact": "http://example.org"}, "contact is"),
        ({"transfer": [{"set": "quixbugs", "hash": "0" * 64}]}, "transfer to quixbugs: only meta.yaml names it"),
        ({"model": {"name": "m" * 121}}, "model.name is"),
        ({"model": {"name": " "}}, "model.name is ' '"),
        ({"model": {"name": "\u200b"}}, "model.name is"),
        ({"model": {"url": "https://github.com@evil.example"}}, "model.url is"),
        ({"model": {"parameters": 10**400}}, "model.parameters is"),
        ({"sampling": {"seed": int("9" * 100)}}, "sampling.seed is"),
        ({"sampling": {"temperature": float("nan")}}, "sampling.temperature is nan"),
        ({"cost": {"usd": float("inf")}}, "cost.usd is inf"),
        ({"date": "9999-12-31"}, "date is 9999-12-31; it must be that of the run"),
        ({"date": "0001-01-01"}, "date is 0001-01-01; it must be that of the run"),
        ({"date": 0}, "date is 0"),
        ({"model": {"name": "a model\ufe0f"}}, "model.name is"),
        ({"model": {"name": "\u3164"}}, "model.name is"),
        ({"model": {"name": "\u2800"}}, "model.name is"),
        ({"model": {"name": "a" + "\u0300" * 3}}, "model.name is"),
        ({"protocol": {"samples": 2}, "sampling": {"temperature": 1.0, "top_p": 1e-300}}, "2 greedy samples would all"),
        ({"protocol": {"samples": 7}}, "samples is 7; it is one of 1, 2, 3"),
        ({"protocol": {"samples": 2}, "sampling": {"temperature": 1e-300}}, "2 greedy samples would all be the same"),
    ],
)
def test_what_a_meta_says_must_be_so(
    tmp_path: Path, few: BugSet, changes: dict[str, Any], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(tmp_path / "in" / "one", few, answers(few), **changes)
    assert _verify(tmp_path) == 1
    error = capsys.readouterr().err
    assert error.startswith("refused: ")
    assert error.count("\n") == 1
    assert sentence in error
    assert not (tmp_path / "entries" / "one.json").exists()


def _line(**changes: Any) -> bytes:
    record = {"bug_id": "python/add-subtracts", "sample": 0, "attempt": 1, "completion": ""}
    return json.dumps(record | changes).encode() + b"\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            _line() + _line(),
            "completions.jsonl.gz:2: 'python/add-subtracts', sample 0, attempt 1 is in line 1 already",
        ),
        (_line(sample=1), ":1: sample 1, but meta.yaml declares 1"),
        (_line(attempt=2), ":1: attempt 2, but meta.yaml declares 1"),
        (_line(attempt=6), ":1: sample counts from 0 and attempt from 1 to 5"),
        (_line(bug_id="python/../../etc/passwd"), ":1: no bug 'python/../../etc/passwd' in this set"),
        (_line(), "5 of 6 first attempts are missing"),
        (_line(reward=3.2), "with bug_id, sample, attempt, completion, and nothing else"),
        (_line()[:-2] + b', "sample": 0}\n', "not a line of JSON with each key once"),
        (b"\xff\xfe\n", ":1: not UTF-8 text"),
        (b'{"bug_id": "\\ud800", "sample": 0, "attempt": 1, "completion": ""}\n', "half a character"),
        (b"[" * 100_000 + b"\n", ":1: not a line of JSON"),
        (b"1" * 10_000 + b"\n", ":1: not a line of JSON"),
        (b'"' + b"x" * (2 << 20), ":1: longer than 256 KiB"),
        (b"", "holds no completions"),
        (b"\n\n", ":1: not a line of JSON"),
    ],
)
def test_a_file_of_completions_that_is_none_is_refused_with_its_line(
    tmp_path: Path, few: BugSet, content: bytes, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = submit(tmp_path / "in" / "one", few, answers(few))
    (folder / "completions.jsonl.gz").write_bytes(gzip.compress(content))
    assert _verify(tmp_path) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_gzip_bomb_ends_at_its_bound(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = submit(tmp_path / "in" / "one", few, answers(few))
    bomb = folder / "completions.jsonl.gz"
    bomb.write_bytes(gzip.compress(b"0" * (64 << 20)))
    assert bomb.stat().st_size < 100_000
    assert _verify(tmp_path) == 1
    assert ":1: longer than 256 KiB" in capsys.readouterr().err
    monkeypatch.setattr(reading, "MAX_TEXT_BYTES", 5_000)
    many = [_line(sample=i) for i in range(1000)]
    bomb.write_bytes(gzip.compress(b"".join(many)))
    _set_meta(folder, samples=120, temperature=1.0)
    assert _verify(tmp_path) == 1
    assert "submit fewer samples" in capsys.readouterr().err
    bomb.write_bytes(gzip.compress(b"".join(many))[:-20])
    assert _verify(tmp_path) == 1
    bomb.write_bytes(b"not gzip")
    assert _verify(tmp_path) == 1
    assert capsys.readouterr().err.count("refused: ") == 2


def _set_meta(folder: Path, samples: int, temperature: float) -> None:
    text = (folder / "meta.yaml").read_text()
    text = text.replace("samples: 1", f"samples: {samples}").replace("temperature: 0.0", f"temperature: {temperature}")
    (folder / "meta.yaml").write_text(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "meta.yaml:1: no anchor is allowed"),
        ("[" * 5000, "meta.yaml:1: nested deeper than 40 levels"),
        ("%YAML 1.1\n---\na: 1\n", "no directive is allowed"),
        ('a: !!int ""\n', "meta.yaml:1: no tag is allowed"),
        ('a: "\\UFFFFFFFF"\n', "meta.yaml: not YAML"),
        ("model: 0x" + "f" * 5000 + "\n", "model is a number"),
        ("a: !!python/object/apply:os.system [ls]\n", "meta.yaml:1: no tag is allowed"),
        ("model: x\nmodel: y\n", "not YAML"),
        ("x" * 70_000, "larger than 64 KiB"),
        ("just text", "a meta.yaml is a mapping"),
        ("model: 1\n", "model is 1: "),
    ],
)
def test_a_meta_that_is_no_meta_is_refused(
    tmp_path: Path, few: BugSet, text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = submit(tmp_path / "in" / "one", few, answers(few))
    (folder / "meta.yaml").write_text(text)
    assert _verify(tmp_path) == 1
    error = capsys.readouterr().err
    assert "refused: " in error
    assert error.count("\n") == 1
    assert sentence in error


def test_links_other_files_and_strange_names_are_refused(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    one = submit(tmp_path / "in" / "one", few, answers(few))
    (one / "score.json").write_text("{}")
    two = submit(tmp_path / "in" / "two", few, answers(few))
    (two / "completions.jsonl.gz").unlink()
    os.symlink("/etc/passwd", two / "completions.jsonl.gz")
    submit(tmp_path / "in" / "Three<b>", few, answers(few))
    os.symlink(submit(tmp_path / "elsewhere", few, answers(few)), tmp_path / "in" / "five")
    submit(tmp_path / "in" / "four", few, answers(few))
    assert _verify(tmp_path) == 1
    captured = capsys.readouterr()
    assert "score.json: does not belong in a submission" in captured.err
    assert "completions.jsonl.gz: a link" in captured.err
    assert "'Three<b>' is not a name" in captured.err
    assert "five: a link" in captured.err
    assert captured.out.startswith("four: ")


def test_nothing_to_verify_is_misuse(tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    assert _verify(tmp_path) == 2
    assert "no submissions here" in capsys.readouterr().err


def test_attempts_go_on_until_a_solve_and_not_after_it(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [bug.bug_id for bug in few.bugs]
    first, second = answers(few, ids[:1]), [replace(c, attempt=2) for c in answers(few, ids)]
    protocol = {"protocol": {"attempts": 2}}
    submit(tmp_path / "in" / "right", few, [*first, *second[1:]], **protocol)
    submit(tmp_path / "in" / "too-many", few, [*first, *second], **protocol)
    submit(tmp_path / "in" / "gap", few, [*first[1:], *second], **protocol)
    assert _verify(tmp_path) == 1
    report = _entry(tmp_path, "right")["report"]
    assert (report["solved@1"], report["solved@2"]) == (pytest.approx(1 / 6), 1.0)
    error = capsys.readouterr().err
    assert f"{ids[0]}, sample 0 was solved at attempt 1; remove the attempts after it" in error
    assert f"{ids[0]}, sample 0 has attempt 2 but no attempt 1" in error


@pytest.mark.parametrize("reference", ["noop", "baseline"])
def test_an_outsider_hands_in_no_reference_row(
    reference: str, tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(tmp_path / "in" / "one", few, answers(few), reference=reference, contact=None)
    assert _verify(tmp_path) == 0
    flags = ["--sets", str(tmp_path / "sets"), "--entries", str(tmp_path / "entries"), "--outside"]
    assert main(["leaderboard", "verify", str(tmp_path / "in" / "one"), *flags]) == 1
    assert "reference rows are the board's own" in capsys.readouterr().err
    assert main(["leaderboard", "verify", str(tmp_path / "in"), *flags]) == 1  # and is looked at by itself


def test_a_bug_with_an_erratum_counts_no_more(tmp_path: Path, few: BugSet) -> None:
    submit(tmp_path / "in" / "one", few, answers(few, [few.bugs[0].bug_id]))
    errata = tmp_path / "errata.yaml"
    lines = ["errata:", f"- bug_id: {few.bugs[0].bug_id}", "  versions: [0.2.0]", "  date: 2026-11-26"]
    errata.write_text("\n".join([*lines, "  what: It demands a wrong answer.", "  excluded: true", ""]))
    assert _verify(tmp_path, "--errata", str(errata)) == 0
    found = _entry(tmp_path, "one")
    assert (found["report"]["n"], found["report"]["solve_rate"]) == (5, 0.0)
    assert found["excluded"] == [few.bugs[0].bug_id]
    assert len(found["verdicts"]) == 6


def test_bugs_from_elsewhere_are_scored_by_whoever_has_them(
    tmp_path: Path, few: BugSet, flip: Bug, bugs: list[Bug], capsys: pytest.CaptureFixture[str]
) -> None:
    from debugarena.benchmark.dataset.schema import stated_row

    theirs = tmp_path / "theirs.jsonl"
    theirs.write_text(json.dumps(stated_row(flip)) + "\n")
    stated = {"transfer": [{"set": "theirs", "hash": dataset_hash([flip])}]}
    folder = submit(tmp_path / "in" / "one", few, answers(few), **stated)
    (folder / "transfer").mkdir()
    write_lines(folder / "transfer" / "theirs.jsonl.gz", [Completion("python/flip", 0, 1, flip.fixed_code)])
    assert _verify(tmp_path) == 0
    assert _entry(tmp_path, "one")["transfer"] == {"theirs": None}
    assert _verify(tmp_path, "--transfer", f"theirs={theirs}") == 0
    found = _entry(tmp_path, "one")
    assert found["transfer"]["theirs"]["solve_rate"] == 1.0
    assert found["report"]["solve_rate"] == 0.0
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(stated_row(bugs[0])) + "\n")
    assert _verify(tmp_path, "--transfer", f"theirs={other}") == 1
    assert "the hash is not that of the bugs here" in capsys.readouterr().err


def test_a_bug_from_elsewhere_may_have_the_name_of_one_of_ours(tmp_path: Path, few: BugSet) -> None:
    from debugarena.benchmark.dataset.schema import stated_row

    ours, other = few.bugs[:2]
    twin = replace(other, bug_id=ours.bug_id)
    (tmp_path / "theirs.jsonl").write_text(json.dumps(stated_row(twin)) + "\n")
    stated = {"transfer": [{"set": "theirs", "hash": dataset_hash([twin])}]}
    folder = submit(tmp_path / "in" / "one", few, answers(few, [ours.bug_id]), **stated)
    (folder / "transfer").mkdir()
    write_lines(folder / "transfer" / "theirs.jsonl.gz", [Completion(ours.bug_id, 0, 1, other.fixed_code)])
    assert _verify(tmp_path, "--transfer", f"theirs={tmp_path / 'theirs.jsonl'}") == 0
    found = _entry(tmp_path, "one")
    assert found["report"]["solve_rate"] == pytest.approx(1 / 6)
    assert found["transfer"]["theirs"]["solve_rate"] == 1.0


def test_an_erratum_that_names_no_bug_is_refused(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(tmp_path / "in" / "one", few, answers(few))
    line = "- {bug_id: first-char-empty, versions: [0.2.0], date: 2026-11-26, what: wrong, excluded: true}"
    (tmp_path / "errata.yaml").write_text(f"errata:\n{line}\n")
    assert _verify(tmp_path, "--errata", str(tmp_path / "errata.yaml")) == 2
    assert "no set of dataset version 0.2.0 has a bug first-char-empty" in capsys.readouterr().err


def test_files_that_cannot_be_used_are_said_in_a_sentence(
    tmp_path: Path, few: BugSet, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(tmp_path / "in" / "one", few, answers(few))
    (tmp_path / "file").write_text("")
    assert _verify(tmp_path, "--entries", str(tmp_path / "file")) == 2
    assert capsys.readouterr().err == f"debugarena leaderboard: {tmp_path / 'file'}: File exists\n"
    (tmp_path / "in" / "loop").symlink_to("loop")
    assert main(["leaderboard", "verify", str(tmp_path / "in" / "loop")]) == 1
    assert "loop: a link; a submission is a folder of its own" in capsys.readouterr().err


@pytest.fixture(scope="module")
def noop_score(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noop") / "score"
    frozen = str(SETS_FOLDER / "handcrafted-0.2.0.jsonl.gz")
    assert main(["score", "--model", "noop", "--attempts", "2", "--dataset", frozen, "--out", str(folder)]) == 0
    return folder


def test_new_makes_a_submission_of_a_score_that_verifies(
    tmp_path: Path, noop_score: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = ["leaderboard", "new", str(noop_score), "--name", "noop", "--out", str(tmp_path / "in")]
    flags = ["--contact", "https://example.org", "--closed", "--not-trained-on-train", "--seconds", "3"]
    assert main([*new, *flags]) == 0
    entries = ["--entries", str(tmp_path / "entries")]
    assert main(["leaderboard", "verify", str(tmp_path / "in" / "noop"), *entries]) == 0
    found = _entry(tmp_path, "noop")
    assert found["board"].startswith("handcrafted-")
    assert found["report"]["solve_rate"] == 0.0
    assert found["report"]["bugs"] == json.loads((noop_score / "report.json").read_text())["bugs"]
    assert found["meta"]["cost"]["seconds"] == 3.0
    assert main([*new, *flags]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["score", "--model", "noop", "--limit", "3", "--out", str(tmp_path / "part")]) == 0
    assert main(["leaderboard", "new", str(tmp_path / "part"), *new[3:4], "part", *new[5:], *flags]) == 2
    assert "is not a score of all bugs of a set" in capsys.readouterr().err
    assert main([*new[:4], "bad", *new[5:], "--contact", "nowhere", *flags[2:]]) == 2
    assert "contact is 'nowhere'" in capsys.readouterr().err
    assert not (tmp_path / "in" / "bad").exists()


@pytest.mark.parametrize("name", ["openai:my-org/my-model", "openai:http://me:secret@10.0.0.7:8000/v1#my-org/my-model"])
def test_new_names_a_served_model_by_its_own_name_alone(tmp_path: Path, noop_score: Path, name: str) -> None:
    """The second name is that of scores from before addresses were kept out of them."""
    shutil.copytree(noop_score, tmp_path / "score")
    run = json.loads((tmp_path / "score" / "run.json").read_text())
    run["model"] = {"name": name, "kind": "openai", "id": "my-org/my-model", "base_url": "http://10.0.0.7:8000/v1"}
    (tmp_path / "score" / "run.json").write_text(json.dumps(run))
    new = ["leaderboard", "new", str(tmp_path / "score"), "--name", "mine", "--out", str(tmp_path / "in"), "--closed"]
    assert main([*new, "--not-trained-on-train", "--contact", "https://example.org/me"]) == 0
    meta = (tmp_path / "in" / "mine" / "meta.yaml").read_text()
    assert "name: my-org/my-model\n" in meta
    assert "10.0.0.7" not in meta


def test_the_published_schema_is_that_of_the_code_and_takes_what_new_makes(capsys: pytest.CaptureFixture[str]) -> None:
    published = (Path(__file__).parents[2] / "leaderboard" / "submission.schema.json").read_text()
    assert main(["leaderboard", "schema"]) == 0
    assert capsys.readouterr().out == published
    meta = META | {"dataset": META["dataset"] | {"hash": "0" * 64}}
    schema = jsonschema.Draft202012Validator(json.loads(published), format_checker=jsonschema.FormatChecker())
    schema.validate(meta)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(meta | {"score": 1})


def test_the_frozen_sets_are_what_they_are_called(bugs: list[Bug]) -> None:
    sets = read_sets()
    newest = {key.rpartition("-")[0]: key for key in reversed(newest_first([*sets]))}
    assert set(newest) >= set(CHOICES)
    handcrafted = sets[newest["handcrafted"]]
    assert DATASET_VERSION.endswith("-dev") or handcrafted.hash == dataset_hash(bugs), (
        "the handcrafted bugs have changed: raise the dataset version, freeze"
    )
    generated = sets[newest["generated-test"]]
    assert len(generated.bugs) == 300
    assert all(bug.level for bug in generated.bugs)
    assert all(path.stat().st_size < 400_000 for path in SETS_FOLDER.glob("*.gz"))


def test_a_dataset_in_development_is_not_frozen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bug_sets, "DATASET_VERSION", "0.9.0-dev")
        assert main(["leaderboard", "freeze", "handcrafted", "--sets", str(tmp_path)]) == 2
        secret = tmp_path / "secret"
        assert main(["leaderboard", "round", "new", "one", "--secret", str(secret), "--rounds", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("dataset version 0.9.0-dev is in development; its bugs are frozen when it is released") == 2
    assert [*tmp_path.iterdir()] == []


def test_a_set_never_changes(tmp_path: Path, bugs: list[Bug]) -> None:
    first = make_set(tmp_path / "sets", bugs[:2])
    assert write_set(first, tmp_path / "sets").read_bytes() == write_set(first, tmp_path / "sets").read_bytes()
    with pytest.raises(Exception, match="a set never changes"):
        make_set(tmp_path / "sets", bugs[:3])
    assert read_set(tmp_path / "sets" / "few-0.2.0.jsonl.gz").bugs == first.bugs
    (tmp_path / "sets" / "other.jsonl.gz").write_bytes(b"nothing")
    with pytest.raises(Exception, match="not a set of bugs"):
        read_set(tmp_path / "sets" / "other.jsonl.gz")


def test_versions_are_ordered_as_numbers() -> None:
    assert newest_first(["a-0.9.0", "a-0.10.0", "b-1.0.0", "a-0.2.0"]) == ["a-0.10.0", "a-0.9.0", "a-0.2.0", "b-1.0.0"]
