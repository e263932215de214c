"""Every packaged bug is proven, and whatever is not a bug is refused for a named reason while the rest is checked."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import FLIP, finish, run_python
from lesser_kernel import EPERM, debugarena_without

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.benchmark.code_hash import sandbox_hash
from debugarena.benchmark.dataset.schema import bug_from_row, row_from_bug
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER
from debugarena.builder.validate import to_json, validate_paths

ALL = "import sys; from debugarena.benchmark.cli import main; sys.exit(main(['validate', '--json']))"


def cli(*args: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "debugarena.benchmark.cli", "validate", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_all_our_bugs_are_valid_without_a_warning_under_any_hash_seed_of_the_host(bugs: list[Bug]) -> None:
    first, second = [run_python(ALL, hash_seed=seed) for seed in (1, 4242)]
    shown = finish(first)
    assert shown == finish(second)
    result = json.loads(shown)
    assert (result["n"], result["n_valid"]) == (len(load_bugs()),) * 2
    assert [bug["id"] for bug in result["bugs"]] == [bug.bug_id for bug in bugs]
    assert [bug for bug in result["bugs"] if bug["warnings"] or bug["reasons"]] == []


def check(tmp_path: Path, sandbox: Sandbox, *texts: str) -> list[dict[str, Any]]:
    for number, text in enumerate(texts):
        (tmp_path / f"bug{number}.yaml").write_text(text)
    result = to_json(validate_paths([tmp_path], sandbox, show_progress=False))
    assert result["n"] == len(texts)
    return list(result["bugs"])


def with_code(buggy: str, fixed: str) -> str:
    head, tests = FLIP.split("buggy: |")[0], FLIP.split("tests:")[1]
    return f"{head}buggy: {json.dumps(buggy)}\nfixed: {json.dumps(fixed)}\ntests:{tests}"


GOOD = "def flip(text): return text[::-1]"
BAD = "def flip(text): return text"
# between the 0.2 s of CPU time that a fix may take and the 2 s at which it is stopped, on a machine of any speed
SLOW = """
from time import process_time
def flip(text):
    start = process_time()
    while not text and process_time() < start + 0.6: pass
    return text[::-1]
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (with_code(BAD, BAD + " + ''"), "fixed-fails"),
        (with_code(BAD, GOOD.replace("flip", "flop")), "no-entry-point"),
        (with_code("def flip(text:", GOOD), "does-not-parse"),
        (with_code(BAD, f"import os\n{GOOD}"), "forbidden"),
        (with_code(GOOD, f"{GOOD}  # other layout"), "same-code"),
        (with_code(GOOD, GOOD + " + ''"), "buggy-passes"),
        (with_code("def flip(text): return text[::-1] if 'V' in text else text", GOOD), "buggy-passes-visible"),
        (with_code("def flip(text): return text[::-1] if 'H' in text else text", GOOD), "buggy-passes-hidden"),
        (with_code(BAD, SLOW), "slow"),
        (with_code("def flip(text): return text + str(hash(text))", GOOD), "buggy-unstable"),
        (FLIP.split("  - {args: [HIDDENqc]")[0], "too-few-tests"),
        (FLIP.replace("{args: [VISIBLEqa]", "{name: t02, args: [VISIBLEqa]"), "repeated-name"),
        (FLIP.replace("python/flip", "java/flip").replace("language: python", "language: java"), "no-runtime"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_name_and_one_sentence(tmp_path: Path, sandbox: Sandbox, text: str, code: str) -> None:
    (bug,) = check(tmp_path, sandbox, text)
    assert not bug["valid"]
    assert [reason["code"] for reason in bug["reasons"]] == [code]
    assert all("\n" not in reason["message"] and len(reason["message"]) > 10 for reason in bug["reasons"])


def test_a_fix_that_hangs_on_the_hash_seed_is_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    seed_0 = int(finish(run_python("print(hash('a') % 9973)", hash_seed=0)))
    fixed = f"def flip(text): return text[::-1] if hash('a') % 9973 == {seed_0} else text"
    (bug,) = check(tmp_path, sandbox, with_code(BAD, fixed))
    assert [reason["code"] for reason in bug["reasons"]] == ["fixed-fails"]
    assert "under another test order and hash seed" in bug["reasons"][0]["message"]


def test_the_second_of_two_equal_bugs_is_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    renamed = FLIP.replace("python/flip", "python/other")
    relaid = renamed.replace("return text\n", "return (text)  # here\n")
    behaves = renamed.replace("      return text\n", "      return text + ''\n").replace(
        "id:", "program: python/flip\nid:"
    )
    found = check(tmp_path, sandbox, FLIP, FLIP, relaid, behaves)
    codes = [[reason["code"] for reason in bug["reasons"]] for bug in found]
    assert codes[0] == []
    assert "repeated-id" in codes[1]
    assert codes[2] == ["repeated-code"]
    assert codes[3][-1] == "repeated-behaviour"


def test_a_hidden_test_that_repeats_a_visible_one_is_a_warning(tmp_path: Path, sandbox: Sandbox) -> None:
    (bug,) = check(
        tmp_path, sandbox, FLIP.replace("{args: [HIDDENqc], expected: cqNEDDIH", '{args: [""], expected: ""')
    )
    assert bug["valid"]
    assert [warning["code"] for warning in bug["warnings"]] == ["hidden-repeats-visible"]


def test_our_own_bugs_need_more_tests_than_those_from_elsewhere(tmp_path: Path, sandbox: Sandbox, flip: Bug) -> None:
    measured = {"prompt": [], "failing_tests": [], "buggy_pass_rate": 0.5, "evidence": {}}
    row = row_from_bug(replace(flip, source="written for DebugArena"), measured)
    (tmp_path / "ours.jsonl").write_text(json.dumps(row) + "\n")
    assert bug_from_row(row).source == "written for DebugArena"
    (bug,) = to_json(validate_paths([tmp_path], sandbox, show_progress=False))["bugs"]
    assert [reason["code"] for reason in bug["reasons"]] == ["too-few-tests"]


def test_a_malicious_bug_is_refused_and_harms_nobody(tmp_path: Path, sandbox: Sandbox) -> None:
    killer = with_code(BAD, "import random\ndef flip(text): random.__dict__['_os'].kill(-1, 9)")
    bomb = with_code(BAD, "def flip(text):\n    x = []\n    while True: x.append(bytearray(2**30))").replace(
        "flip", "bomb"
    )
    found = check(tmp_path, sandbox, killer, bomb, FLIP.replace("flip", "fair"))
    assert [bug["valid"] for bug in found] == [False, False, True]


def test_the_command_names_every_unreadable_file_and_checks_the_rest(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a-good.yaml": FLIP,
        "b-broken.yaml": "id: [",
        "c-unknown-key.yaml": FLIP + "colour: red\n",
        "d-no-entry-point.yaml": FLIP.replace("entry_point: flip\n", ""),
        "e-date.yaml": FLIP.replace("expected: aqELBISIV", "expected: 2024-01-01"),
        "f-bad-date.yaml": FLIP.replace("expected: aqELBISIV", "expected: 2024-13-45"),
        "g-empty.yaml": "",
        "h-binary.yaml": bytes(range(256)),
        "i-alias-bomb.yaml": "a: &a [x]\nb: [*a, *a]\n",
        "j-deep.yaml": "a: " + "[" * 500,
        "k-twice.yaml": FLIP + "title: again\n",
        "l-both.yaml": FLIP.replace("expected: aqELBISIV", "expected: x, raises: KeyError"),
        "m-exception.yaml": FLIP.replace("expected: aqELBISIV", "raises: NoSuchError"),
        "n-rows.jsonl": '{"bug_id": "python/x"}\n',
        "o-table.parquet": b"PAR1 not really",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    done = cli(tmp_path, "--json", "--workers", 1)
    assert (done.returncode, done.stderr) == (1, "")
    result = json.loads(done.stdout)
    assert (result["n"], result["n_valid"]) == (len(files), 1)
    assert set(result) == {"bugs", "n", "n_valid"}
    for bug, name in zip(result["bugs"], files, strict=True):
        assert set(bug) == {"id", "file", "valid", "reasons", "warnings"}
        assert Path(bug["file"].split(":")[0]).name == name
        assert bug["valid"] == (name == "a-good.yaml")
        assert len(bug["reasons"]) == (name != "a-good.yaml")
        assert bug["valid"] or name == "o-table.parquet" or bug["file"].split(":")[1].isdigit()


def test_the_command_prints_one_line_a_complaint_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FLIP)
    (tmp_path / "b.yaml").write_text(FLIP + "[red]colour: x\n")
    done = cli(tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    (complaint,) = [line for line in lines if "b.yaml" in line]
    assert complaint.startswith(f"{tmp_path}/b.yaml:{FLIP.count(chr(10)) + 1}: ")
    assert lines[-1] == "1 of 2 valid"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no jail elsewhere")
def test_a_weak_sandbox_needs_leave_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "flip.yaml").write_text(FLIP)
    refused = debugarena_without({"filters": EPERM}, "validate", tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    weak = debugarena_without({"filters": EPERM}, "validate", tmp_path, "--json", "--allow-weak")
    assert (weak.returncode, weak.stderr) == (0, "Weak sandbox: no filter of system calls (seccomp).\n")
    assert json.loads(weak.stdout)["n_valid"] == 1
    strong = cli(tmp_path, "--json", "--allow-weak")
    assert (strong.returncode, strong.stderr, strong.stdout) == (0, "", weak.stdout)


@pytest.mark.parametrize("path", ["nothing-there", "."])
def test_nothing_to_check_is_not_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = cli(path)
    assert done.returncode == 1
    assert "0 of 1 valid" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_file_among_our_own_must_bear_its_id(tmp_path: Path) -> None:
    link = tmp_path / "python"
    os.symlink(BUGS_FOLDER / "python" / "add-subtracts.yaml", link)
    done = cli(link)
    assert "not a bug file" in done.stdout


def test_the_evidence_names_the_sandbox_it_was_made_in(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "flip.yaml").write_text(FLIP)
    (checked,) = validate_paths([tmp_path], sandbox, show_progress=False)
    assert checked.measured is not None
    evidence = checked.measured["evidence"]
    assert (evidence["runs"], evidence["fixed_passed"], evidence["sandbox_hash"]) == (3, 6, sandbox_hash())
    assert checked.measured["failing_tests"] == ["t01", "t02"]
    assert checked.measured["buggy_pass_rate"] == pytest.approx(1 / 6)
