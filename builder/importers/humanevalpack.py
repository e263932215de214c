"""HumanEvalPack's Python repair task: one JSON object per line, with a declaration, a canonical and a buggy solution.

Its tests are functions with asserts, some with loops and random inputs. They run in the sandbox with the canonical
solution. Every call that an assertion states a value for becomes a case (recording.py), first from the examples of the
docstring, then from the test itself. Not covered: the other languages of the pack.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.schema import CATEGORIES
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.importers.labels import guess_category, unproven_bug
from debugarena.builder.importers.recording import Recording, instrument, recording_job, recording_of
from debugarena.builder.importers.shared import UNPARSABLE, Found, parse, read_text, refused

FILE_NAME = "humanevalpack.jsonl"
WHAT = "a file in the form of humanevalpack.jsonl"
URL = "https://huggingface.co/datasets/bigcode/humanevalpack"
KEYS = ("task_id", "declaration", "canonical_solution", "buggy_solution", "entry_point", "test", "docstring")
# "value misuse" and "excess logic" can be any of ours: for these, the difference between the two codes decides
CATEGORY_OF_TYPE = {
    "missing logic": "missing-step",
    "operator misuse": "wrong-operator",
    "variable misuse": "wrong-variable",
    "function misuse": "wrong-variable",
}


def read(path: Path, license_name: str, sandbox: Sandbox) -> tuple[list[Found], list[str]]:
    """Every entry of a file, or of the only such file in a folder; no notes on the whole."""
    file = _find(path)
    lines = [(n, line) for n, line in enumerate(read_text(file, WHAT).split("\n"), 1) if line.strip()]
    if not lines:
        raise UsageError(f"{file}: empty; {WHAT} is expected, one JSON object per line")
    rows = [_read_row(file, number, line) for number, line in lines]
    found = [row if isinstance(row, Found) else _entry(row, license_name) for row in rows]
    pairs = [
        (entry, _test_code(row) if entry.bug and isinstance(row, dict) else ("", []))
        for entry, row in zip(found, rows, strict=True)
    ]
    jobs = (recording_job(e.bug.fixed_code, code, suites) for e, (code, suites) in pairs if e.bug and suites)
    executions = sandbox.run_many(jobs)
    results = []
    for entry, (_, suites) in pairs:
        runs = next(executions).tests if entry.bug and suites else ()
        results.append(_with_cases(entry, [recording_of(run) for run in runs]))
    return results, []


def _find(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.rglob(FILE_NAME))
    if len(files) != 1:
        said = "no" if not files else f"{len(files)} files named"
        raise UsageError(f"{path}: {said} {FILE_NAME} in this folder; give the file itself")
    return files[0]


def _read_row(file: Path, number: int, line: str) -> dict[str, Any] | Found:
    """The object on a line, or an entry with the reason why there is none."""
    where = f"{file}:{number}"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Found(where, reason=f"not a line of JSON: {error}")
    missing = [k for k in KEYS if not isinstance(row, dict) or not isinstance(row.get(k), str)]
    if missing:
        return Found(where, reason=f"lacks {', '.join(missing)}; {WHAT} has these as text on each line")
    return dict(row)


def _entry(row: dict[str, Any], license_name: str) -> Found:
    match = re.fullmatch(r"Python/(\d+)", row["task_id"])
    if match is None:
        return Found(row["task_id"], reason="not a Python task; ids look like Python/17")
    name = f"python/humanevalpack-{match[1]}"
    buggy, fixed = (row["declaration"] + row[side].rstrip() + "\n" for side in ("buggy_solution", "canonical_solution"))
    try:
        for code in (buggy, fixed):
            parse(code)
        guessed = guess_category(buggy, fixed)
    except UNPARSABLE:
        return Found(name, reason="the code does not parse")
    category = CATEGORY_OF_TYPE.get(str(row.get("bug_type")), guessed)
    bug = unproven_bug(
        bug_id=name,
        category=category,
        name=row["entry_point"],
        task=row["docstring"].strip(),
        hint=f"The kind of mistake: {CATEGORIES[category]}.",
        entry_point=row["entry_point"],
        buggy_code=buggy,
        fixed_code=fixed,
        license_name=license_name,
        source=f"HumanEvalPack, {URL}, {row['task_id']}",
    )
    reason = refused(bug)
    return Found(name, None if reason else bug, reason=reason)


def _test_code(row: dict[str, Any]) -> tuple[str, list[str]]:
    """The instrumented test functions of an entry and the expressions that run them: examples first."""
    codes, suites = [], []
    for number, key in enumerate(("example_test", "test")):
        try:
            tree = parse(str(row.get(key) or ""))
        except UNPARSABLE:
            continue
        name = f"debugarena_check_{number}"
        kept: list[ast.stmt] = []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "check" and node.args.args:
                instrument(node, {node.args.args[0].arg, row["entry_point"]})
                node.name = name
                suites.append(f"lambda: {name}({row['entry_point']})")
            if not _is_check_call(node):
                kept.append(node)
        codes.append(ast.unparse(ast.Module(kept, [])))
    return "\n\n".join(codes), suites


def _is_check_call(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check"


def _with_cases(entry: Found, recordings: list[Recording]) -> Found:
    """Adds the recorded cases. The examples may be wrong; the test, which is the last suite, may not."""
    if entry.bug is None:
        return entry
    if not recordings:
        return replace(entry, bug=None, reason="its test defines no function check(candidate)")
    *examples, test = recordings
    if test.error:
        return replace(entry, bug=None, reason=f"the canonical solution fails its own test ({test.error})")
    notes = [f"its examples are left out: {e.error}" for e in examples if e.error]
    cases = tuple(case for recording in recordings if not recording.error for case in recording.cases)
    if not test.cases:
        what = "calls with values that are not plain data" if test.n_opaque else "no value that a call must return"
        return replace(entry, bug=None, reason=f"its test states {what}, so a right answer may differ")
    return replace(entry, cases=cases, notes=(*entry.notes, *notes))
