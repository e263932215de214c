"""Bugs of other collections become valid bugs of ours, or are named with the reason why not; made-up files in their form."""

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from debugarena.benchmark import Sandbox, load_bugs
from debugarena.benchmark.cli import main
from debugarena.benchmark.dataset.schema import CATEGORIES, Bug, bug_from_row
from debugarena.builder import validate
from debugarena.builder.importers import recording
from debugarena.builder.importers.labels import difficulty_of, guess_category, slug_of, title_of
from debugarena.builder.importers.quixbugs_table import PROGRAMS
from debugarena.builder.importers.recording import sites
from debugarena.builder.validate import validate_paths


def run_import(source: str, path: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    main(["import", source, str(path), "--out", str(out), "--json", *more])
    return dict(json.loads(capsys.readouterr().out))


def bugs_of(out: Path, sandbox: Sandbox) -> dict[str, Bug]:
    """The bugs of a file, each of which `validate` finds valid and without a warning."""
    checked = validate_paths([out], sandbox, show_progress=False)
    assert [c.reasons for c in checked if not c.valid] == []
    return {c.bug.bug_id: c.bug for c in checked if c.bug}


def inputs_of(bug: Bug) -> list[tuple[Any, ...]]:
    return [call.args for test in bug.tests for call in test.calls]


# QuixBugs


def quixbugs(folder: Path, name: str, buggy: str, fixed: str, *tests: str) -> Path:
    files = {"python_programs": (buggy, ".py"), "correct_python_programs": (fixed, ".py")}
    for kind, (text, suffix) in {**files, "json_testcases": ("\n".join(tests) + "\n", ".json")}.items():
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / (name + suffix)).write_text(text)
    return folder


ESSAY = '\n"""\nPairs\n\nOutput:\n    Pairs of neighbours, each as a tuple\n"""\n'
PAIRS = "\ndef pairs(arr):\n    for i in range(len(arr) - 1):\n        yield (arr[i], arr[i + 1])\n"


def test_a_generator_gets_an_adapter_and_lists_may_be_tuples(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    buggy = PAIRS.replace("len(arr) - 1", "len(arr) - 2") + ESSAY
    tests = ("[[[1, 2]], [[1, 2]]]", "[[[]], []]", "[[[1, 2, 3]], [[1, 2], [2, 3]]]", "[[[5, 5]], [[5, 6]]]")
    quixbugs(tmp_path, "pairs", buggy, PAIRS + '\n"""another way\n"""\n', *tests)
    (tmp_path / "python_programs" / "on_graphs.py").write_text("x = 1\n")
    report = run_import("quixbugs", tmp_path, tmp_path / "out.jsonl", capsys)
    assert (report["n"], report["n_imported"]) == (1, 1)
    assert report["notes"] == ["skipped, because they have no JSON tests: on_graphs"]
    notes = report["bugs"][0]["notes"]
    assert notes[0] == "yields its result, so the tests call an added pairs_list"
    assert notes[1] == "left out 1 input: the fixed code returns [(5, 5)], and [[5, 6]] is stated"
    bug = bugs_of(tmp_path / "out.jsonl", sandbox)["python/quixbugs-pairs"]
    assert (bug.entry_point, bug.license, bug.origin_kind) == ("pairs_list", "MIT", "imported")
    assert bug.source == "QuixBugs, https://github.com/jkoppel/QuixBugs, pairs"
    assert bug.program == bug.bug_id
    assert "Pairs of neighbours" in bug.task
    assert '"""' not in bug.buggy_code + bug.fixed_code
    assert {t.calls[0].expected for t in bug.tests} == {
        '[{"$tuple":[1,2]}]',
        "[]",
        '[{"$tuple":[1,2]},{"$tuple":[2,3]}]',
    }


def test_inputs_that_hang_share_a_test_and_arguments_may_come_bare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "SALTS", ("",))  # each costs, for a hanging test, the limit
    monkeypatch.setattr(validate, "PROOF_LIMITS", replace(validate.PROOF_LIMITS, cpu_s=0.5))
    fixed = "def halve(n):\n    count = 0\n    while n > 1:\n        n //= 2\n        count += 1\n    return count\n"
    buggy = fixed.replace("n > 1", "n != 1") + '"""How often n can be halved, rounding down, to 1 or 0."""\n'
    tests = ("[0, 0]", "[[1], 0]", "[[-1], 0]", "[[9], 3]", "[[-5], 0]", "[[8], 3]", "[[-6], 0]")
    quixbugs(tmp_path, "halve", buggy, fixed, *tests)
    run_import("quixbugs", tmp_path, tmp_path / "out.jsonl", capsys)
    (bug,) = load_bugs(tmp_path / "out.jsonl")
    assert sorted(inputs_of(bug)) == [(-6,), (-5,), (-1,), (0,), (1,), (8,), (9,)]
    assert [len(t.calls) for t in bug.tests if t.is_sequence] == [3]


def test_too_few_failing_tests_are_filled_up_with_varied_inputs_and_the_row_says_so(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    fixed = "def last_two(text):\n    return text[-2:]\n"
    buggy = 'def last_two(text):\n    return text[:2]\n"""The last two characters of text."""\n'
    quixbugs(tmp_path, "last_two", buggy, fixed, '[["aa"], "aa"]', '[["abca"], "ca"]')
    report = run_import("quixbugs", tmp_path, tmp_path / "out.jsonl", capsys)
    assert report["bugs"][0]["notes"] == ["2 inputs varied, because too few tests fail"]
    bug = bugs_of(tmp_path / "out.jsonl", sandbox)["python/quixbugs-last-two"]
    assert "varied" in bug.source


@pytest.mark.parametrize(
    ("buggy", "fixed", "test", "reason"),
    [
        ("def f(x): return x\n'f'", "def f(x): return eval(x)", "[[1], 1]", "forbidden list (line 1: uses eval)"),
        ("def f(x): return x\n'f'", "import turtle\ndef f(x): return x", "[[1], 1]", "imports turtle, which"),
        ("def f(x:\n'f'", "def f(x): return x", "[[1], 1]", "does not parse"),
        ("def f(x): return x\n'f'", "def g(x): return x", "[[1], 1]", "does not define f"),
        ("def f(x): return x", "def f(x): return x + 1", "[[1], 2]", "does not say what it should do"),
        ("def f(x): return x\n'f'", "def f(x): return x + 1", "[[1], 3]", "no test is left"),
        ("def f(x): return x\n'f'", "def f(x): return x + (x == 1)", "[[1], 2]", "only one test of 1 fails"),
        ("def f(x): return x\n'f'", "def f(x): return 0 + x", "[[1], 1]", "no test of 1 fails"),
        ("def f(x): return x\n'f'", "def f(x): return x + 1", "[[1], 2", "f.json:1: not a line of JSON"),
        ("def f(x): return x\n'f'", "def f(x): return x + 1", "[7]", "f.json:1: not a line of JSON"),
        ("def f(x): return x\n'f'", "def f(x): return x + 1", "", "holds no tests"),
        ("def f(x): return x\n'f'", "def f(x): return object()", "[[1], 2]", "not plain data (object)"),
        ("def f(x): return x\n'f'", "1 / 0\ndef f(x): return x", "[[1], 2]", "does not load (ZeroDivisionError"),
    ],
)
def test_what_cannot_be_imported_is_named_and_nothing_is_written(
    buggy: str, fixed: str, test: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quixbugs(tmp_path, "f", buggy, fixed, test)
    out = tmp_path / "out.jsonl"
    assert main(["import", "quixbugs", str(tmp_path), "--out", str(out)]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert reason in shown[-2]
    assert shown[-2].startswith("python/quixbugs-f: skipped: ")
    assert shown[-1] == "0 of 1 imported; nothing was written"
    assert not out.exists()


def test_the_table_names_known_categories_alone() -> None:
    assert len(PROGRAMS) == 31
    assert {program.category for program in PROGRAMS.values()} <= set(CATEGORIES)


# HumanEvalPack


def packed(number: int, **changes: str) -> dict[str, str]:
    return {
        "task_id": f"Python/{number}",
        "declaration": "def grow(x: float, by: float) -> float:\n",
        "canonical_solution": "    return x * by\n",
        "buggy_solution": "    return x + by\n",
        "entry_point": "grow",
        "bug_type": "operator misuse",
        "docstring": "The product of x and by.",
        "example_test": "def check(grow):\n    assert grow(3, 2) == 6\ncheck(grow)\n",
        "test": "def check(candidate):\n    assert candidate(2, 3) == 6, 'message'\n    assert candidate(2, 2) == 4\n"
        "    assert abs(candidate(1.5, 3.0) - 4.5) < 1e-6\ncheck(grow)\n",
        **changes,
    }


def pack(path: Path, *rows: Any) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def test_every_call_with_a_stated_value_becomes_a_test_and_the_examples_come_first(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = "def check(f):\n    import random\n    for i in range(4):\n        x = random.randint(1, 9)\n"
    loop += "        assert f(x + i, 1 + x) == (x + i) * (x + 1)\n    assert not f(0, 1)\n    assert f(5, 6) < 99\n"
    rows = [packed(0), packed(1, test=loop, example_test="def check(f):\n    assert f(1, 1) == 3\n", bug_type="other")]
    report = run_import("humanevalpack", pack(tmp_path / "p.jsonl", *rows), tmp_path / "out.jsonl", capsys)
    # the second has the code of the first, which is what validation says
    assert [b["id"] for b in report["bugs"]] == ["python/humanevalpack-0"]
    assert "repeated-code" in report["skipped"][0]["reason"]
    assert report["skipped"][0]["notes"] == ["its examples are left out: AssertionError"]
    bug = bugs_of(tmp_path / "out.jsonl", sandbox)["python/humanevalpack-0"]
    assert inputs_of(bug) == [(3, 2), (2, 3), (2, 2), (1.5, 3.0)]
    assert [t.compare for t in bug.tests] == ["exact", "exact", "exact", "float"]
    assert [t.hidden for t in bug.tests] == [False, True, True, True]
    assert (bug.category, bug.license) == ("wrong-operator", "MIT")
    assert bug.source == "HumanEvalPack, https://huggingface.co/datasets/bigcode/humanevalpack, Python/0"
    run_import("humanevalpack", pack(tmp_path / "q.jsonl", rows[1]), tmp_path / "out.jsonl", capsys)
    second = bugs_of(tmp_path / "out.jsonl", sandbox)["python/humanevalpack-1"]
    assert len(inputs_of(second)) == 4  # `not f(0, 1)` is not True or False here, `f(5, 6) < 99` is no value


def test_inputs_keep_the_order_of_their_dicts(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = "def check(f):\n    assert f({'b': 1, 'a': 2}) == 'b'\n    assert f({'z': 1, 'c': 2, 'y': 0}) == 'z'\n"
    row = packed(7, declaration="def first(d):\n", entry_point="first", test=tests, example_test="")
    row |= {"canonical_solution": "    return next(iter(d))\n", "buggy_solution": "    return min(d)\n"}
    run_import("humanevalpack", pack(tmp_path / "p.jsonl", row), tmp_path / "out.jsonl", capsys)
    bug = bugs_of(tmp_path / "out.jsonl", sandbox)["python/humanevalpack-7"]
    assert [t.calls[0].expected for t in bug.tests] == ['"b"', '"z"']


def test_two_imports_of_a_file_are_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = pack(tmp_path / "humanevalpack.jsonl", packed(0))
    for source, out in ((path, "one.jsonl"), (tmp_path, "two.jsonl")):
        run_import("humanevalpack", source, tmp_path / out, capsys, "--workers", "1")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("row", "name", "reason"),
    [
        ("{broken", "p.jsonl:1", "not a line of JSON"),
        ("[1, 2]", "p.jsonl:1", "lacks task_id"),
        (packed(0, task_id="Java/0"), "Java/0", "not a Python task"),
        (packed(1, buggy_solution="   return ("), "python/humanevalpack-1", "does not parse"),
        (packed(2, canonical_solution="    return eval('x * by')"), "python/humanevalpack-2", "uses eval"),
        (packed(3, test="def check(f):\n    assert f(1, 1) == 2\n"), "python/humanevalpack-3", "(AssertionError)"),
        (
            packed(4, test="def check(f):\n    assert f(1, 1) < 2\n"),
            "python/humanevalpack-4",
            "a right answer may differ",
        ),
        (packed(5, test="x = 1", example_test=""), "python/humanevalpack-5", "defines no function check"),
        (packed(6, test="def check(f):\n    while True: pass\n"), "python/humanevalpack-6", "did not finish in time"),
    ],
)
def test_a_line_that_gives_no_bug_is_skipped_and_the_others_are_imported(
    row: Any,
    name: str,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "RECORD_LIMITS", replace(recording.RECORD_LIMITS, cpu_s=0.3))
    good = packed(99, declaration="def area(x, by):\n", entry_point="area")
    report = run_import("humanevalpack", pack(tmp_path / "p.jsonl", row, good), tmp_path / "out.jsonl", capsys)
    assert (report["n"], report["n_imported"]) == (2, 1)
    assert report["skipped"][0]["id"].endswith(name)
    assert reason in report["skipped"][0]["reason"]


# pytest


CLAMP = '''
def clamp(x, low, high):
    """Return x, but at least low and at most high; ValueError where low is above high."""
    if low > high:
        raise ValueError("low is above high")
    return max(low, min(x, high))
'''
CLAMP_TESTS = """
import sys
import pytest
from pytest import approx, raises
sys.path.insert(0, "..")
from clamp_fixed import clamp as limit
import clamp_buggy as code

@pytest.mark.parametrize("x,expected", [(1, 1), (7, 5), pytest.param(-3, 0, id="low")])
def test_table(x, expected):
    assert limit(x, 0, 5) == expected

class TestFloats:
    @pytest.mark.parametrize("x", [1.25, 3.5])
    def test_between(self, x):
        got = code.clamp(x, 0, 10)
        assert got == approx(x)

def test_keywords():
    assert sorted([code.clamp(4, high=9, low=2)]) == [4]
    assert code.clamp(4, high=9, low=2) == 4

def test_error():
    with raises(ValueError, match="above"):
        limit(1, 5, 2)

def test_file(tmp_path):
    assert limit(1, 2, 3) == 2

@pytest.mark.skip(reason="later")
def test_later():
    assert limit(1, 2, 3) == 2

def test_wrong():
    assert limit(1, 2, 3) == 7

def test_bound():
    assert limit(1, 2, 3) < 7

async def test_later_still():
    assert limit(1, 2, 3) == 7
"""


def triple(folder: Path, name: str, buggy: str, fixed: str, tests: str) -> Path:
    for file, text in ((f"{name}_buggy.py", buggy), (f"{name}_fixed.py", fixed), (f"test_{name}.py", tests)):
        (folder / file).write_text(text)
    return folder


def test_the_common_forms_of_pytest_are_followed_and_the_others_named(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    buggy = CLAMP.replace("high))", "low))  # wrong")
    triple(tmp_path, "clamp", buggy, CLAMP, CLAMP_TESTS)
    report = run_import("pytest", tmp_path, tmp_path / "out.jsonl", capsys)
    assert report["skipped"] == []
    assert report["bugs"][0]["notes"] == [
        "line 6 of the buggy code has a comment that may give the mistake away; remove it",
        "not followed: test_file needs the fixture tmp_path",
        "not followed: test_later is marked skip",
        "not followed: test_later_still is asynchronous",
        "not followed: test_wrong fails with the fixed code (AssertionError)",
        "not followed: test_bound states no value that a call must return",
    ]
    bug = bugs_of(tmp_path / "out.jsonl", sandbox)["python/clamp"]
    assert (bug.license, bug.category, bug.entry_point) == ("unknown", "wrong-variable", "clamp")
    assert bug.task.startswith("Return x, but at least low")
    calls = {(c.args, tuple(c.kwargs.items()), c.expected, c.raises) for t in bug.tests for c in t.calls}
    assert calls == {
        *(((x, 0, 5), (), value, None) for x, value in ((1, "1"), (7, "5"), (-3, "0"))),
        *(((x, 0, 10), (), repr(x), None) for x in (1.25, 3.5)),
        ((4,), (("high", 9), ("low", 2)), "4", None),
        ((1, 5, 2), (), None, "ValueError"),
    }


def test_folders_are_triples_too_and_the_licence_can_be_given(
    tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Limit It").mkdir()
    files = {"buggy": CLAMP.replace("min(x, high)", "x"), "fixed": CLAMP}
    files["test_it"] = "from fixed import *\ndef test_it():\n    for x in 7, 8, 9: assert clamp(x, 0, 5) == 5\n"
    for name, text in files.items():
        (tmp_path / "Limit It" / f"{name}.py").write_text(text)
    run_import("pytest", tmp_path, tmp_path / "out.jsonl", capsys, "--license", "MIT")
    assert bugs_of(tmp_path / "out.jsonl", sandbox)["python/limit-it"].license == "MIT"


ONE_TEST = "from it_fixed import f\ndef test_f():\n    assert f(1) == 2\n    assert f(2) == 3\n"


@pytest.mark.parametrize(
    ("fixed", "tests", "reason"),
    [
        ("def f(x): return x + 1", "import numpy\n" + ONE_TEST, "test_it.py imports numpy, which"),
        ("def f(x): return x + 1", "def f(x): return 2\ndef test_f(): assert f(1) == 2", "test_it.py defines f, as"),
        ("def f(x): return x + 1", "from it_fixed import f\nf(1)\n", "holds no test that can be followed"),
        ("def f(x): return x + 1", "def test_g(): assert 1 == 1", "call no public function that both files define"),
        ("class F: pass", "from it_fixed import F\ndef test_f(): assert F() == 1", "tests call the class F"),
        ("def f(x): return x + 1", "x = (", "test_it.py does not parse"),
        ("import os\ndef f(x): return x + 1", ONE_TEST, "forbidden list (line 1: imports os)"),
        ("def f(x): return x + 1", ONE_TEST.replace("test_f()", "test_f(tmp_path)"), "needs the fixture tmp_path"),
        ("def f(x): return x + 1", ONE_TEST.replace("== 2", "== 9"), "fails with the fixed code (AssertionError)"),
    ],
)
def test_a_triple_that_gives_no_bug_is_named_with_the_reason(
    fixed: str, tests: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    triple(tmp_path, "it", "def f(x): return x", fixed, tests)
    report = run_import("pytest", tmp_path, tmp_path / "out.jsonl", capsys)
    assert report["n_imported"] == 0
    assert reason in report["skipped"][0]["reason"]


@pytest.mark.parametrize(
    ("body", "modes"),
    [
        ("assert f(1) == 2", ["value"]),
        ("assert 2 == f(1)", ["value"]),
        ("assert f(1) is True", ["value"]),
        ("assert f(1) and not f(2)", ["truth", "truth"]),
        ("assert sorted(f(1)) == [1]", ["unordered"]),
        ("assert abs(f(1) - 2) < 0.1", ["near"]),
        ("assert math.isclose(2, f(1))", ["near"]),
        ("assert round(f(1), 2) == 0.33", ["near"]),
        ("got = f(1)\n    assert got == 2", ["value"]),
        ("got = f(1)\n    assert got == approx(2)", ["near"]),
        ("with pytest.raises(ValueError):\n        f(1)", ["raises"]),
        ("got = f(1)\n    assert got == 2\n    print(got)", []),
        ("assert f(1) == f(2)", []),
        ("assert f(1) != 2", []),
        ("assert f(1) in (1, 2)", []),
        ("assert len(f(1)) == 2", []),
        ("f(1)", []),
    ],
)
def test_only_calls_with_a_stated_value_are_recorded(body: str, modes: list[str]) -> None:
    function = ast.parse(f"def test():\n    {body}").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert [mode for _, (mode, _) in sites(function, {"f"})] == modes


# labels and misuse


@pytest.mark.parametrize(
    ("buggy", "fixed", "category"),
    [
        ("x = a + b", "x = a - b", "wrong-operator"),
        ("x = a < b", "x = a <= b", "wrong-operator"),
        ("x = range(n)", "x = range(n + 1)", "off-by-one"),
        ("x = 3", "x = 4", "off-by-one"),
        ("x = 0", "x = 10", "wrong-initial-value"),
        ("x = 0", "x = '0'", "wrong-type"),
        ("x = a", "x = b", "wrong-variable"),
        ("x = a.b()", "x = a.c()", "wrong-variable"),
        ("if a(): b()", "if a(1): b()", "wrong-condition"),
        ("if a: b()", "if a.c: b()", "wrong-condition"),
        ("a()", "if not a: b()\na()", "missing-edge-case"),
        ("a()", "a()\nb()", "missing-step"),
        ("a()\nb()", "a()", "wrong-state-update"),
        ("raise A(x)", "raise A(x.y)", "wrong-exception"),
    ],
)
def test_the_category_goes_by_the_first_difference(buggy: str, fixed: str, category: str) -> None:
    assert guess_category(buggy, fixed) == category


def test_difficulty_title_and_slug_go_by_size_and_name() -> None:
    assert [difficulty_of("x = 1\n" * n) for n in (5, 6, 12, 13)] == ["easy", "medium", "medium", "hard"]
    assert title_of("find_inSorted") == "Find in sorted"
    assert slug_of("Find__In.Sorted_") == "find-in-sorted"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["quixbugs", "nowhere", "--out", "o.jsonl"], "nowhere: no such file or folder"),
        (["quixbugs", ".", "--out", "o.jsonl"], ".: has no folder python_programs; give a clone of"),
        (["quixbugs", "file.txt", "--out", "o.jsonl"], "file.txt: has no folder python_programs"),
        (["humanevalpack", ".", "--out", "o.jsonl"], ".: no humanevalpack.jsonl in this folder; give the file itself"),
        (["humanevalpack", "binary", "--out", "o.jsonl"], "binary: not text; a file in the form of"),
        (["humanevalpack", "empty", "--out", "o.jsonl"], "empty: empty; a file in the form of"),
        (["pytest", "file.txt", "--out", "o.jsonl"], "file.txt: not a folder; give one with N_buggy.py"),
        (["pytest", ".", "--out", "o.jsonl"], ".: no N_buggy.py, N_fixed.py and test_N.py here"),
        (["pytest", ".", "--out", "o.yaml"], "o.yaml: the file to write must end in .jsonl"),
        (["pytest", ".", "--out", "none/o.jsonl"], "none: no such folder to write to"),
    ],
)
def test_misuse_is_one_sentence(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "empty").write_text("\n")
    assert main(["import", *words]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"debugarena import: {said}")
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""


def test_rows_are_what_the_schema_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_import("humanevalpack", pack(tmp_path / "p.jsonl", packed(0)), tmp_path / "out.jsonl", capsys)
    row = json.loads((tmp_path / "out.jsonl").read_text())
    assert bug_from_row(row).content_hash == row["content_hash"]
    assert row["evidence"]["runs"] == 3
