"""Flow: cases, branches, loops, ends of a recursion, exceptions."""

from __future__ import annotations

import libcst as cst

from debugarena.builder.mutation.operators.shared import (
    JUMPS,
    Replacements,
    is_constant,
    is_negative,
    is_recursive,
    names_in,
    zero_or_one,
)
from debugarena.builder.mutation.parentheses import binding, in_parentheses
from debugarena.builder.mutation.source import Source, code_of


def _ends_flow(block: cst.BaseSuite) -> bool:
    last = block.body[-1]
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], JUMPS)


def dropped_guard(node: cst.CSTNode, source: Source) -> Replacements:
    """A case that ends early is no longer handled separately."""
    if isinstance(node, cst.If) and node.orelse is None and _ends_flow(node.body) and len(source.block_of(node)) > 1:
        yield cst.RemoveFromParent()


def dropped_branch(node: cst.CSTNode, source: Source) -> Replacements:
    """A branch of a condition is missing, but not one that gives a name its first value: that would only raise."""
    if not isinstance(node, cst.If):
        return
    if node.orelse is None and not _ends_flow(node.body) and len(source.block_of(node)) > 1:
        yield cst.RemoveFromParent()
    if node.orelse is not None and not (_assigned_in(node.orelse.body) - {*source.variables(node)}):
        if isinstance(node.orelse, cst.Else):
            yield node.with_changes(orelse=None)
        else:
            yield node.with_changes(orelse=node.orelse.orelse)


def _assigned_in(block: cst.BaseSuite) -> set[str]:
    """The variables that a statement of the block gives a value."""
    lines = [line for line in block.body if isinstance(line, cst.SimpleStatementLine)]
    assignments = [small for line in lines for small in line.body if isinstance(small, cst.Assign)]
    targets = [target.target for assignment in assignments for target in assignment.targets]
    return {target.value for target in targets if isinstance(target, cst.Name)}


def unconditional(node: cst.CSTNode, source: Source) -> Replacements:
    """What should depend on a condition always happens; but a constant does not take the place of all."""
    if isinstance(node, cst.IfExp):
        yield from (part for part in (node.body, node.orelse) if not is_constant(part))
    if isinstance(node, cst.CompFor) and node.ifs:
        yield node.with_changes(ifs=node.ifs[:-1])


def swapped_cases(node: cst.CSTNode, source: Source) -> Replacements:
    """The second case is tried before the first."""
    if isinstance(node, cst.If) and isinstance(node.orelse, cst.If):
        second = node.orelse
        later = second.with_changes(test=node.test, body=node.body)
        yield node.with_changes(test=second.test, body=second.body, orelse=later)


def swapped_branches(node: cst.CSTNode, source: Source) -> Replacements:
    """Two branches have changed places, but not `x[0] if x else 0`: with `x[0]` where x is empty, it reads absurd."""
    if not isinstance(node, cst.If | cst.IfExp) or _is_needed(node.test, node):
        return
    if isinstance(node, cst.If) and isinstance(node.orelse, cst.Else):
        yield node.with_changes(body=node.orelse.body, orelse=node.orelse.with_changes(body=node.body))
    if isinstance(node, cst.IfExp):
        body = in_parentheses(node.orelse) if binding(node.orelse) == 0 else node.orelse
        yield node.with_changes(body=body, orelse=node.body)


def _is_needed(test: cst.BaseExpression, node: cst.If | cst.IfExp) -> bool:
    """Whether a branch uses what the test makes sure of: that something is there, not empty, of a type ..."""
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        if isinstance(test.comparisons[0].operator, _ORDERINGS):
            return False
    branches = [branch for branch in (node.body, node.orelse) if branch is not None]
    return any(names_in(test) & names_in(branch) for branch in branches)


_ORDERINGS = cst.LessThan | cst.LessThanEqual | cst.GreaterThan | cst.GreaterThanEqual


def early_return(node: cst.CSTNode, source: Source) -> Replacements:
    """The result is returned inside the loop, after its first round."""
    if isinstance(node, cst.For | cst.While) and isinstance(node.body, cst.IndentedBlock):
        block = source.block_of(node)
        after = block[block.index(node) + 1 :] if node in block else []
        if len(after) == 1 and isinstance(after[0], cst.SimpleStatementLine):
            if isinstance(after[0].body[0], cst.Return) and not _ends_flow(node.body):
                body = [*node.body.body, after[0].with_changes(leading_lines=[])]
                yield node.with_changes(body=node.body.with_changes(body=body))


def wrong_jump(node: cst.CSTNode, source: Source) -> Replacements:
    """`continue` for `break`, or neither where that leaves something to do."""
    if isinstance(node, cst.Break | cst.Continue):
        yield cst.Continue() if isinstance(node, cst.Break) else cst.Break()
    if isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Break | cst.Continue):
        if len(source.block_of(node)) > 1:
            yield cst.RemoveFromParent()


def loop_once(node: cst.CSTNode, source: Source) -> Replacements:
    """`if` for `while`."""
    if isinstance(node, cst.While) and node.orelse is None:
        yield cst.If(node.test, node.body, leading_lines=node.leading_lines)


def base_case_value(node: cst.CSTNode, source: Source) -> Replacements:
    """The recursion ends with another value."""
    if isinstance(node, cst.Return) and node.value is not None and is_recursive(source.function(node)):
        if isinstance(node.value, cst.Integer) or is_negative(node.value):
            for value in zero_or_one(node.value):
                yield node.with_changes(value=value)
        if code_of(node.value) in ("True", "False"):
            yield node.with_changes(value=cst.Name("False" if code_of(node.value) == "True" else "True"))


_EXCEPTIONS = {
    "ValueError": "TypeError",
    "KeyError": "ValueError",
    "IndexError": "ValueError",
    "TypeError": "ValueError",
}


def wrong_exception(node: cst.CSTNode, source: Source) -> Replacements:
    """Another exception is raised than the contract names, or none at all."""
    if isinstance(node, cst.Raise) and isinstance(node.exc, cst.Call):
        other = _EXCEPTIONS.get(code_of(node.exc.func), "ValueError")
        if other != code_of(node.exc.func):
            yield node.with_changes(exc=node.exc.with_changes(func=cst.Name(other)))
        yield cst.Return(cst.Name("None"))
