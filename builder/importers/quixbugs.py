"""QuixBugs: a folder with python_programs, correct_python_programs and json_testcases, as in a clone of it.

A test file holds one `[arguments, expected]` per line; arguments that are not a list are a single argument. A program
that yields gets an adapter, `<name>_list`, which returns a list of what it yields. The tests call the adapter, because
a generator is not plain data. The essay after each function is left out. Not covered: the programs on graphs and linked
lists, which have no JSON tests.
"""

from __future__ import annotations

import ast
import json
import textwrap
from dataclasses import replace
from pathlib import Path

from debugarena.benchmark.dataset.schema import CATEGORIES, Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.importers.labels import guess_category, slug_of, unproven_bug
from debugarena.builder.importers.quixbugs_table import PROGRAMS, QuixBugsProgram
from debugarena.builder.importers.shared import UNPARSABLE, Case, Found, parse, read_text, refused

BUGGY, FIXED, TESTS = "python_programs", "correct_python_programs", "json_testcases"
URL = "https://github.com/jkoppel/QuixBugs"


def read(path: Path, license_name: str, sandbox: Sandbox) -> tuple[list[Found], list[str]]:
    """One entry per file of JSON tests, and a note on the programs that have none. Runs nothing."""
    for folder in (BUGGY, FIXED, TESTS):
        if not (path / folder).is_dir():
            raise UsageError(f"{path}: has no folder {folder}; give a clone of {URL}")
    names = sorted(file.stem for file in (path / TESTS).glob("*.json"))
    if not names:
        raise UsageError(f"{path / TESTS}: no .json file; give a clone of {URL}")
    programs = {file.stem for file in (path / BUGGY).glob("*.py")} - {"__init__", "node"}
    others = sorted(name for name in programs - set(names) if not name.endswith("_test"))
    notes = [f"skipped, because they have no JSON tests: {', '.join(others)}"] if others else []
    return [_entry(path, name, license_name) for name in names], notes


def _entry(path: Path, name: str, license_name: str) -> Found:
    bug_id = f"python/quixbugs-{slug_of(name)}"
    known = PROGRAMS.get(name)
    try:
        text = read_text(path / BUGGY / f"{name}.py", "a Python program")
        buggy = _code_alone(text)
        fixed = _code_alone(read_text(path / FIXED / f"{name}.py", "a Python program"))
        cases = _cases(path / TESTS / f"{name}.json", known)
        category = known.category if known else guess_category(buggy, fixed)
    except UsageError as error:
        return Found(bug_id, reason=str(error))
    except UNPARSABLE:
        return Found(bug_id, reason=f"{name}.py does not parse")
    task = known.task if known else _essay(text)
    if not task:
        return Found(bug_id, reason=f"{name}.py does not say what it should do")
    bug = unproven_bug(
        bug_id=bug_id,
        category=category,
        name=name,
        task=task,
        hint=f"The kind of mistake: {CATEGORIES[category]}.",
        entry_point=name,
        buggy_code=buggy,
        fixed_code=fixed,
        license_name=license_name,
        source=f"QuixBugs, {URL}, {name}",
    )
    notes = []
    if _yields(fixed, name):
        bug = _with_adapter(bug)
        notes = [f"yields its result, so the tests call an added {bug.entry_point}"]
    reason = refused(bug)
    return Found(bug_id, None if reason else bug, cases, reason, tuple(notes))


def _code_alone(text: str) -> str:
    """The program from its first to its last statement, without the strings between them. Raises UNPARSABLE."""
    lines = text.splitlines(keepends=True)
    kept = []
    for node in parse(text).body:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            kept.append("".join(lines[first - 1 : node.end_lineno]).rstrip() + "\n")
    separator = "\n\n" if any(part.startswith(("import", "from")) for part in kept) else "\n"
    return separator.join(kept)


def _essay(text: str) -> str:
    """The first string that is a statement by itself, which says what the program should do; "" if there is none."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return textwrap.dedent(node.value.value).strip()
    return ""


def _yields(code: str, name: str) -> bool:
    """Whether the function is a generator itself, not one inside it."""
    function = next((n for n in ast.parse(code).body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    todo: list[ast.AST] = [*function.body] if function else []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            todo.extend(ast.iter_child_nodes(node))
    return False


def _with_adapter(bug: Bug) -> Bug:
    name = bug.entry_point
    adapter = f"\n\ndef {name}_list(*args):\n    return list({name}(*args))\n"
    return replace(
        bug,
        entry_point=f"{name}_list",
        buggy_code=bug.buggy_code + adapter,
        fixed_code=bug.fixed_code + adapter,
        task=f"{bug.task} `{name}_list` returns a list of what `{name}` yields.",
    )


def _cases(path: Path, known: QuixBugsProgram | None) -> tuple[Case, ...]:
    """The inputs of a test file with the values stated for them. UsageError names a line that is invalid."""
    cases = []
    for number, line in enumerate(read_text(path, "one [arguments, expected] a line").split("\n"), 1):
        if not line.strip():
            continue
        try:
            inputs, expected = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            raise UsageError(f"{path}:{number}: not a line of JSON [arguments, expected]") from None
        args = inputs if isinstance(inputs, list) else [inputs]
        case = Case(tuple(args), {}, expected, compare="unordered" if known and known.unordered else None)
        cases.append(replace(case, tolerance=args[-1]) if known and known.last_is_tolerance else case)
    if not cases:
        raise UsageError(f"{path}: holds no tests")
    return tuple(cases)
