"""The ways in which competent people get a program wrong: one operator, one function, one mistake.

An operator takes a node of a program's tree and yields what could replace it. It changes nothing itself (sites.py does)
and need not care whether the result runs. Each family of operators has a file here. To add an operator, write a
function in its family's file, whose name it takes, and a row of the table with its category and its mistake in one
sentence. frequencies.py says how often people make the mistake. Classic operators are those of mutmut
(https://github.com/boxed/mutmut) and cosmic-ray (https://github.com/sixty-north/cosmic-ray), reimplemented; the others
come from reading bug reports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from debugarena.builder.mutation.frequencies import UNKNOWN, WEIGHTS
from debugarena.builder.mutation.operators import arithmetic, bounds, calls, comparisons, flow, names, state
from debugarena.builder.mutation.operators.shared import Replacements
from debugarena.builder.mutation.source import Source

Apply = Callable[[cst.CSTNode, Source], Replacements]


@dataclass(frozen=True)
class Operator:
    """`mistake` explains the bug to a person; `category` is one of schema.CATEGORIES.

    weight: how often people make the mistake, on the scale of frequencies.py; above 0.
    """

    name: str
    category: str
    mistake: str
    apply: Apply
    weight: float


# their order is part of what a seed means
_TABLE: tuple[tuple[Apply, str, str], ...] = (
    (
        comparisons.comparison_boundary,
        "off-by-one",
        "A comparison includes its limit where it should not, or leaves it out.",
    ),
    (comparisons.comparison_direction, "wrong-operator", "A comparison looks the wrong way round."),
    (comparisons.equality_negated, "wrong-operator", "A test for equality or membership says the opposite."),
    (
        comparisons.equality_widened,
        "wrong-condition",
        "A test for one value also holds for all values on one side of it.",
    ),
    (comparisons.dropped_bound, "missing-edge-case", "A range check looks at one of its two limits only."),
    (comparisons.truthiness, "wrong-type", "Zero or an empty value is taken for a missing one."),
    (comparisons.boolean_operator, "wrong-operator", "Two conditions are joined by the wrong one of and and or."),
    (comparisons.dropped_condition, "wrong-condition", "One of two conditions is not looked at."),
    (comparisons.dropped_not, "wrong-condition", "A condition has lost its negation."),
    (arithmetic.arithmetic_operator, "wrong-operator", "A calculation uses another operator than the one it needs."),
    (arithmetic.swapped_operands, "wrong-operator", "The two sides of a calculation have changed places."),
    (arithmetic.lost_rounding, "precision-or-rounding", "A division or rounding keeps or drops what it should not."),
    (arithmetic.dropped_sign, "wrong-operator", "A minus sign is missing."),
    (bounds.constant_off_by_one, "off-by-one", "A constant is one too large or too small."),
    (bounds.range_bound, "off-by-one", "A range starts or ends in the wrong place."),
    (bounds.dropped_stride, "wrong-traversal", "A range or slice has lost its step or its direction."),
    (bounds.enumerate_start, "off-by-one", "Counting starts from the wrong number."),
    (bounds.slice_bound, "off-by-one", "A slice starts or ends in the wrong place."),
    (bounds.index_shift, "off-by-one", "The neighbour of the right element is taken."),
    (bounds.skipped_element, "wrong-traversal", "A loop leaves out the first or the last element."),
    (names.wrong_variable, "wrong-variable", "Another variable of the same type stands where the right one belongs."),
    (names.wrong_attribute, "wrong-variable", "Another attribute of the same type stands where the right one belongs."),
    (names.swapped_arguments, "wrong-variable", "Two arguments of a call have changed places."),
    (names.swapped_elements, "wrong-variable", "Two elements of a tuple have changed places."),
    (state.wrong_initial_value, "wrong-initial-value", "A variable starts from the wrong value."),
    (state.wrong_default, "wrong-initial-value", "What stands in for a missing value is the wrong value."),
    (state.accumulator_operator, "wrong-state-update", "A running value is updated by the wrong operator."),
    (state.lost_update, "wrong-state-update", "A running value is overwritten instead of updated."),
    (state.dropped_statement, "missing-step", "A step of the algorithm is missing."),
    (state.swapped_statements, "wrong-state-update", "Two steps are taken in the wrong order."),
    (state.missing_copy, "aliasing-or-mutation", "An object is used itself where a copy of it was meant."),
    (state.shared_rows, "aliasing-or-mutation", "All rows are one and the same object."),
    (flow.dropped_guard, "missing-edge-case", "A special case is not handled any more."),
    (flow.dropped_branch, "missing-edge-case", "One branch of a condition is missing."),
    (flow.unconditional, "wrong-condition", "What should depend on a condition does not."),
    (flow.swapped_cases, "wrong-order-of-cases", "A later case is tried before an earlier one."),
    (flow.swapped_branches, "wrong-condition", "The two branches of a condition have changed places."),
    (flow.early_return, "wrong-traversal", "A loop returns after its first round."),
    (
        flow.wrong_jump,
        "wrong-traversal",
        "A loop ends where it should go on, goes on where it should end, or does neither.",
    ),
    (flow.loop_once, "wrong-traversal", "What should be repeated happens once at most."),
    (flow.base_case_value, "recursion-base-case", "The recursion ends with the wrong value."),
    (flow.wrong_exception, "wrong-exception", "An error is reported as another one, or not at all."),
    (calls.wrong_function, "wrong-operator", "A function is called whose sibling was meant."),
    (calls.dropped_keyword, "missing-step", "A call lacks the option that it needs."),
    (calls.dropped_call, "missing-step", "A value is used as it is where a function of it was meant."),
)
OPERATORS = tuple(
    Operator(function.__name__, category, mistake, function, WEIGHTS.get(function.__name__, UNKNOWN))
    for function, category, mistake in _TABLE
)
BY_NAME = {operator.name: operator for operator in OPERATORS}
