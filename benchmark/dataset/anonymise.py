"""Gives a bug neutral names, so that repair can be told from recall of a well-known function.

The entry point and its parameters are renamed in the code, in the tests and in the task sentence, where parameters
are in backticks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from debugarena.benchmark.dataset.cases import CallCase
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.languages import check_runnable, language
from debugarena.benchmark.languages.renaming import rename_text


def anonymise(bug: Bug) -> Bug:
    """The bug with its entry point named `solution_1` (`Solution1` for a class) and its parameters `arg_1`, `arg_2` ...

    The id and the program stay, so that bugs still pair in intervals and comparisons; the content hash changes.
    UsageError for a language that cannot be run, and for code that cannot be read.
    """
    check_runnable([bug])
    speech = language(bug.language)
    try:
        names = speech.neutral_names([bug.buggy_code, bug.fixed_code], bug.entry_point)
    except ValueError as error:
        raise UsageError(f"{bug.bug_id}: --anonymise cannot read the code: {error}") from None
    tests = tuple(
        replace(test, calls=tuple(_rename_call(case, bug.entry_point, names) for case in test.calls))
        for test in bug.tests
    )
    return replace(
        bug,
        entry_point=names[bug.entry_point],
        task=rename_text(bug.task, bug.entry_point, names),
        buggy_code=speech.renamed(bug.buggy_code, bug.entry_point, names),
        fixed_code=speech.renamed(bug.fixed_code, bug.entry_point, names),
        tests=tests,
    )


def _rename_call(case: CallCase, entry_point: str, names: Mapping[str, str]) -> CallCase:
    target = names[entry_point] if case.target == entry_point else case.target
    return replace(case, target=target, kwargs={names.get(k, k): v for k, v in case.kwargs.items()})
