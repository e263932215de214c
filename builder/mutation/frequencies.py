"""How often people make the mistake of each operator, according to published studies of bug fixes.

The counts are fixes of Defects4J: Sobreira et al., "Dissection of a Bug Dataset: Anatomy of 395 Patches from
Defects4J", SANER 2018. People read these 395 fixes of real bugs and labelled each with all the kinds of change that it
contains. We counted the labels in `docs/data/defects4j-bugs.json` of
https://github.com/program-repair/defects4j-dissection, commit 4cbea37. A fix counts for each of its kinds.

Operators that mend one kind share its count: equally, or as Richter and Wehrheim, "TSSB-3M: Mining single statement
bugs at massive scale", MSR 2022, count them in Python. Their numbers are thousands of fixes, in the column CTSSB-1M of
the table of https://github.com/cedricrupb/TSSB3M, commit 8b52494.

Not covered: how often a mistake stays unfixed or never reaches a commit, and differences between Java and Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

N_FIXES = 395  # in all; a fix may be of several kinds


@dataclass(frozen=True)
class Kind:
    """A kind of fix. `labels`: the study's names for it. `shares`: operator -> its part of the count, in any unit."""

    fix: str
    labels: str
    count: int
    shares: dict[str, float]


def _equally(names: str) -> dict[str, float]:
    return dict.fromkeys(names.split(), 1.0)


KINDS: tuple[Kind, ...] = (
    Kind(
        "adds a case that returns or raises",
        "condBlockRetAdd, condBlockExcAdd",
        103,
        _equally("dropped_guard"),
    ),
    Kind("adds another case", "condBlockOthersAdd", 79, _equally("dropped_branch")),
    Kind("puts code under a condition", "wrapsIf, wrapsIfElse", 69, _equally("unconditional")),
    Kind(
        "assigns another value",
        "assignExpChange",
        59,
        _equally("wrong_initial_value lost_update shared_rows"),
    ),
    Kind(
        "changes a condition",
        "expLogicMod",
        49,
        _equally(
            "comparison_boundary comparison_direction equality_negated equality_widened truthiness boolean_operator "
            "dropped_not"
        ),
    ),
    Kind("adds to a condition", "expLogicExpand", 48, _equally("dropped_bound dropped_condition")),
    # Change Identifier Used and Change Attribute Used, in thousands
    Kind("takes another variable", "wrongVarRef", 42, {"wrong_variable": 69, "wrong_attribute": 30}),
    Kind(
        "changes a calculation",
        "expArithMod",
        32,
        _equally(
            "arithmetic_operator swapped_operands lost_rounding dropped_sign slice_bound index_shift "
            "accumulator_operator"
        ),
    ),
    Kind("calls another function", "wrongMethodRef", 31, _equally("wrong_function")),
    Kind(
        "changes a constant",
        "constChange",
        19,
        _equally("constant_off_by_one enumerate_start wrong_default base_case_value"),
    ),
    Kind("adds an argument", "mcParAdd", 18, _equally("dropped_keyword")),
    Kind("calls a function of a value", "wrapsMethod", 14, _equally("dropped_call missing_copy")),
    Kind(
        "changes the header of a loop",
        "loopCondChange, loopInitChange",
        10,
        _equally("range_bound dropped_stride skipped_element"),
    ),
    Kind("only adds assignments or calls", "assignAdd, mcAdd and no other", 10, _equally("dropped_statement")),
    Kind("moves code", "codeMove", 7, _equally("swapped_statements swapped_cases swapped_branches")),
    Kind("puts code in a loop", "wrapsLoop", 2, _equally("loop_once")),
    Kind("raises another exception", "exThrowsAdd with exThrowsRem", 2, _equally("wrong_exception")),
    Kind("swaps arguments", "mcParSwap", 1, _equally("swapped_arguments swapped_elements")),
)


def _weights() -> dict[str, float]:
    return {
        name: kind.count * share / sum(kind.shares.values()) for kind in KINDS for name, share in kind.shares.items()
    }


WEIGHTS = _weights()
"""Operator -> how many of the N_FIXES fixes mend its mistake."""
UNKNOWN = median(WEIGHTS.values())
"""The weight of an operator whose mistake no study counts: that of an ordinary one."""
