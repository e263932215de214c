"""Prints one bug for a person to read: the task, the buggy code and the results of its visible tests. Hidden tests are
only counted. With --solution it also prints what would give the bug away: its title, the operators that made it, the
hint, the reference fix as a diff, and the hidden tests.

  debugarena show first-char-empty
  debugarena show python/bubble-sort-swap --solution
"""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import Bug, find_bug
from debugarena.benchmark.dataset.yaml_file import read_bug
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.grading.grade import Grade, NotGraded, grade_codes
from debugarena.benchmark.grading.verdicts import describe_calls, describe_expected
from debugarena.benchmark.options import add_sandbox_arguments, warn_if_weak
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena show`."""
    parser.add_argument("bug", metavar="BUG", help="an id such as python/add-subtracts, its last part, or a YAML file")
    parser.add_argument("--solution", action="store_true", help="also print title, hint, fix and hidden tests")
    parser.add_argument("--dataset", metavar="FOLDER_OR_HUB_ID", help="look there, not among the bugs of the package")
    parser.add_argument("--config", help="config of that dataset")
    parser.add_argument("--split", help="split of that dataset")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_sandbox_arguments(parser, workers=False)


def run(args: argparse.Namespace) -> int:
    """`debugarena show`."""
    if args.bug.endswith((".yaml", ".yml")):
        bug = read_bug(Path(args.bug))
    else:
        bug = find_bug(load_bugs(args.dataset, args.config, args.split), args.bug)
    with Sandbox(1, allow_weak=args.allow_weak) as sandbox:
        grade = next(grade_codes(sandbox, [(bug, bug.buggy_code)]))
        if isinstance(grade, NotGraded):
            raise SandboxError(grade.reason)
        if args.allow_weak:
            warn_if_weak(sandbox)
    if args.json:
        print(json.dumps(_as_json(bug, grade, args.solution), indent=1))
    else:
        _print(bug, grade, args.solution)
    return 0


def _as_json(bug: Bug, grade: Grade, solution: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "bug_id": bug.bug_id,
        "level": bug.level,
        "difficulty": bug.difficulty,
        "category": bug.category,
        "entry_point": bug.entry_point,
        "task": bug.task,
        "buggy_code": bug.buggy_code,
        "failing_tests": [vars(failure) for failure in grade.verdict.failures],
        "n_hidden": sum(test.hidden for test in bug.tests),
        "n_hidden_failed": grade.verdict.n_hidden_failed,
    }
    if solution:
        shown |= {"title": bug.title, "operators": bug.operators}
        shown |= {"hint": bug.hint, "fixed_code": bug.fixed_code, "diff": bug.diff}
    return shown


def _print(bug: Bug, grade: Grade, solution: bool) -> None:
    console = Console()
    console.soft_wrap = not console.is_terminal  # a program reads whole lines
    level = "" if bug.level is None else f"level {bug.level}, "
    console.print(f"[bold]{escape(bug.bug_id)}[/bold]  {level}{bug.difficulty}, {bug.category}")
    console.print(f"\n{escape(bug.task)}\n")
    _print_code(console, bug.buggy_code, bug.language)
    n_hidden = sum(test.hidden for test in bug.tests)
    failed = {failure.name for failure in grade.verdict.failures}
    console.print()
    for test in bug.tests:
        if test.hidden:
            continue
        mark = "[red]fails [/red]" if test.name in failed else "[green]passes[/green]"
        call, last = describe_calls(bug, test.calls), test.calls[-1]
        failure = next((f for f in grade.verdict.failures if f.name == test.name), None)
        if failure is None:
            console.print(f"{mark} {escape(call)} should {escape(describe_expected(bug, last))}")
        else:
            console.print(
                f"{mark} {escape(failure.call)} should {escape(failure.expected)}, but it {escape(failure.got)}"
            )
    n_failed = grade.verdict.n_hidden_failed
    console.print(f"and {counted(n_hidden, 'hidden test')}, {n_failed} of which {'fails' if n_failed == 1 else 'fail'}")
    if solution:
        console.print(f"\n[bold]Title[/bold]  {escape(bug.title)}")
        if bug.operators:
            console.print(f"[bold]Operators[/bold]  {', '.join(bug.operators)}")
        console.print(f"[bold]Hint[/bold]  {escape(bug.hint)}\n")
        _print_code(console, bug.diff, "diff")
        console.print()
        for test in bug.tests:
            if test.hidden:
                call = describe_calls(bug, test.calls)
                console.print(f"hidden {escape(call)} should {escape(describe_expected(bug, test.calls[-1]))}")


def _print_code(console: Console, code: str, language: str) -> None:
    """Prints every line in full: rich's Syntax cuts or folds what is wider than the console."""
    if console.is_terminal:
        console.print(Syntax(code.rstrip(), language, background_color="default", padding=(0, 2), word_wrap=True))
    else:
        print(textwrap.indent(code.rstrip(), "  "))
