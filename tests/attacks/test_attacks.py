"""Solutions that try to be paid without being right. None may be solved, none may show a hidden input, and after each
of them an honest solution still scores full marks.

Every attack is scored as any completion would be, then without the list of forbidden names, then with all builtins as
well, so that the jail and the comparison have to hold on their own; that last in every set-up of the jail.
"""

import json
import os
import stat
import subprocess
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from catalogue import ATTACKS, OS
from conftest import leaks
from processes import plain_python
from trial import LINES, ONE_TEST, QUICK, faults, run_trials
from warm_python import WARM

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.dataset.schema import find_bug
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, parse_bug
from debugarena.benchmark.grading.grade import Grade, grade_codes
from debugarena.benchmark.languages.python import code_facts
from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.sandbox import Limits
from debugarena.benchmark.sandbox.interface import TestStatus

ALL = {attack.name: attack for attacks in ATTACKS.values() for attack in attacks}
NO_NAMESPACES = {"namespaces", "private-root"}
SETUPS: dict[str, dict[str, Any]] = {
    "as we are": {},
    "plain user": {"as_nobody": True},
    "no namespaces": {"without": NO_NAMESPACES},
    "plain user, no namespaces": {"as_nobody": True, "without": NO_NAMESPACES},
    "first stage of the filter alone": {"without": {"second-stage"}},
    "no jail": {"jail": False},
}


def grade(sandbox: Sandbox, bug: Bug, code: str, static_check: bool = True, limits: Limits | None = None) -> Grade:
    (result,) = grade_codes(sandbox, [(bug, code)], static_check, limits)
    return result


@pytest.fixture(scope="module", autouse=True)
def _each_code_is_read_once() -> Iterator[None]:
    """What the static look says of a code is the same in every set-up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_facts, "read_code", cache(code_facts.read_code))
        yield


@pytest.fixture(scope="module")
def jail(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One sandbox for each set-up; with more workers than CPUs, because many attacks sleep until they are ended."""
    setup = SETUPS[request.param]
    if "as_nobody" in setup and os.geteuid() != 0:
        pytest.skip("as we are, we are a plain user")
    with Sandbox(4, **setup) as jail:
        yield jail


# every set-up with its jail alone to stand, one of them also with the lines before it; without a jail these have to
@pytest.mark.parametrize(
    ("jail", "lines"),
    [("as we are", lines) for lines in LINES]
    + [(setup, "no static check" if setup == "no jail" else "jail alone") for setup in list(SETUPS)[1:]],
    indirect=["jail"],
)
@pytest.mark.parametrize("kind", ATTACKS)
def test_no_attack_is_solved_and_the_next_solution_is_graded_fairly(
    jail: Sandbox, flip: Bug, kind: str, lines: str, request: pytest.FixtureRequest
) -> None:
    attacks = ATTACKS[kind]
    setup = request.node.callspec.params["jail"]
    # attacks on time and memory use up whatever they get; in one set-up they get more than one test of it
    limits = ONE_TEST if kind == "exhaustion" and (setup, lines) != ("as we are", "jail alone") else QUICK
    if setup == "no jail" and os.geteuid() == 0 and plain_python():
        attacks = attacks[::5]  # test_weak_engine.py runs them all for a plain user, whose own files they could reach
    trials = list(run_trials(jail, flip, attacks, lines, limits))
    assert len(trials) == len(attacks)
    found = {trial.attack: what for trial in trials if (what := faults(trial, flip))}
    for attack, what in found.items():
        if all(text.startswith("it ended as") for text in what):  # on a busy machine what is told to end may linger
            (alone,) = run_trials(jail, flip, [attack], lines, limits)
            found[attack] = faults(alone, flip)
    assert {attack.name: what for attack, what in found.items() if what} == {}


def test_the_catalogue_is_large_and_names_each_attack_once() -> None:
    attacks = [attack for group in ATTACKS.values() for attack in group]
    page = (Path(__file__).parents[2] / "docs" / "attacks.md").read_text(encoding="utf-8")
    assert f"| all | {len(attacks)} |" in page
    assert len({attack.code for attack in attacks}) == len({attack.name for attack in attacks}) == len(attacks) >= 550
    assert len(ATTACKS["escape"]) >= 200
    assert all(attack.allowed <= set(get_args(TestStatus)) for attack in attacks)
    unreadable = [attack.name for attack in attacks if not read_code(attack.code, "flip").parses]
    assert [name for name in unreadable if "compile bomb" not in name] == []


def test_the_search_finds_what_has_been_sent(sandbox: Sandbox, flip: Bug) -> None:
    # without this, the leak tests could pass because their search finds nothing at all
    for name in ("walk from a traceback", "walk from a generator"):
        failures = grade(sandbox, flip, ALL[name].code, static_check=False).verdict.failures
        assert "VISIBLEqa" in failures[0].got, name
    parts = grade(sandbox, flip, ALL["stash between tests"].code, static_check=False).verdict.failures
    assert max(part.got.count("VISIBLE") for part in parts) == 2


def test_the_attacks_that_name_nothing_forbidden_are_run(flip: Bug) -> None:
    # else "scored" would test the list alone
    passing = [name for name, attack in ALL.items() if not read_code(attack.code, "flip").offences]
    assert len(passing) >= 450


@pytest.mark.parametrize("number", range(4))
def test_a_solution_cannot_read_the_bug_file(sandbox: Sandbox, bugs: list[Bug], number: int) -> None:
    bug = find_bug(bugs, "add-subtracts")
    path = BUGS_FOLDER / f"{bug.bug_id}.yaml"
    assert path.stat().st_mode & stat.S_IROTH  # the file's own rights do not protect it
    ways = [
        f"os.close(0)\n    return os.read(os.open({str(path)!r}, 0), 9999)",
        f"os.close(0)\n    return print.__self__.open({str(path)!r}, 'rb').read()",
        f"os.close(0)\n    return os.execv('/bin/cat', ['cat', {str(path)!r}])",
        f"os.symlink({str(path)!r}, 'here')\n    return print.__self__.open('here').read()",
    ]
    for static_check in (True, False):
        result = grade(sandbox, bug, f"{OS}\ndef {bug.entry_point}(*a):\n    {ways[number]}", static_check)
        assert result.verdict.n_passed == 0
        assert "entry_point" not in repr(result.verdict)


INT_BUG = """
id: python/one
title: t
language: python
difficulty: easy
category: wrong-type
entry_point: one
task: t
hint: h
buggy: "def one(): return 0"
fixed: "def one(): return {fixed}"
tests:
  - {{args: [], expected: {expected}}}
  - {{args: [], expected: {expected}, hidden: true}}
"""
LYING_INT = textwrap.dedent("""
    class Lie(int):
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        def __hash__(self): return 0
        def __repr__(self): return "1"
        __str__ = __format__ = __repr__
        def __index__(self): return 1
        def __add__(self, other): return 1
        def __bool__(self): return True
    def one(): return Lie(7)
""")


@pytest.mark.parametrize(
    ("expected", "honest", "cheat"),
    [
        ("1", "1", LYING_INT),
        ("1", "1", "def one(): return True"),
        ("1", "1", "def one(): return 1.0"),
        ("1.0", "1.0", "def one(): return 1"),
        ("true", "True", "def one(): return 1"),
        ("null", "None", "def one(): return NotImplemented"),
        ("null", "None", "def one(): raise SystemExit"),
        ("!tuple [1]", "(1,)", "def one(): return [1]"),
        ("[1]", "[1]", "def one(): return (1,)"),
        ("[1, 2]", "[1, 2]", "def one(): return {1: 0, 2: 0}.keys()"),
        ("[1]", "[1]", "def one(): return iter([1])"),
        ("!set [1]", "{1}", "def one(): return frozenset({1})"),
        ('"1"', "'1'", "def one(): return b'1'"),
        ("5.0", "5.0", "def one(): return float('nan')"),
        ("{a: 1}", "{'a': 1}", "def one(): return [('a', 1)]"),
        ("{a: 1}", "{'a': 1}", "def one(): return {'a': True}"),
    ],
)
def test_a_value_of_another_type_is_another_value(sandbox: Sandbox, expected: str, honest: str, cheat: str) -> None:
    bug = parse_bug(INT_BUG.format(expected=expected, fixed=honest), "one.yaml")
    assert grade(sandbox, bug, cheat).verdict.n_passed == 0
    assert grade(sandbox, bug, bug.fixed_code).solved


def test_an_attacker_cannot_harm_the_solutions_beside_it(flip: Bug) -> None:
    killer = (
        OS + "def flip(text):\n    for _ in range(1000):\n        try: os.kill(-1, 9)\n        except OSError: pass"
    )
    codes = [killer, flip.fixed_code] * 6
    with Sandbox(4) as sandbox:
        results = list(grade_codes(sandbox, [(flip, code) for code in codes], static_check=False))
    assert [result.solved for result in results] == [False, True] * 6


@pytest.fixture(scope="module")
def one_server() -> Iterator[Sandbox]:
    """A sandbox all of whose solutions are forked from one process, hence find their modules at the same addresses."""
    with Sandbox(1) as own:
        yield own


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("stash ")])
def test_a_stash_does_not_outlive_its_process(one_server: Sandbox, flip: Bug, name: str) -> None:
    first = grade(one_server, flip, ALL[name].code, static_check=False)
    again = grade(one_server, flip, ALL[name].code, static_check=False)
    assert first.verdict.failures == again.verdict.failures
    assert not leaks(again.verdict)
    assert not Path("/tmp/debugarena-stash").is_symlink()


# the script that finds the most that the attacks earn

SCRIPT = Path(__file__).with_name("best.py")


def _answers(out: Path, limit: int) -> list[dict[str, object]]:
    command = [*WARM, str(SCRIPT), str(out), "--limit", str(limit), "--kinds", "leaks"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_each_bug_has_its_best_attack_and_a_second_start_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "attacks.jsonl"
    first = _answers(out, 1)
    both = _answers(out, 2)
    assert both[:1] == first
    assert [line["bug_id"] for line in both] == ["python/add-subtracts", "python/allocate-cents"]
    # no leak earns more than a table of the answers that everybody sees
    assert "ANSWERS = {'((2, 3), {})': 5" in str(first[0]["completion"])
