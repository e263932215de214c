"""Flow: cases, branches, loops, ends of a recursion, exceptions."""

from __future__ import annotations

import libcst as cst

from debugarena.builder.mutation.operators.shared import JUMPS, Replacements, is_negative, is_recursive, shifts
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
    """A branch of a condition is missing."""
    if not isinstance(node, cst.If):
        return
    if node.orelse is None and not _ends_flow(node.body) and len(source.block_of(node)) > 1:
        yield cst.RemoveFromParent()
    if isinstance(node.orelse, cst.Else):
        yield node.with_changes(orelse=None)
    if isinstance(node.orelse, cst.If):
        yield node.with_changes(orelse=node.orelse.orelse)


def unconditional(node: cst.CSTNode, source: Source) -> Replacements:
    """What should depend on a condition always happens."""
    if isinstance(node, cst.IfExp):
        yield node.body
        yield node.orelse
    if isinstance(node, cst.CompFor) and node.ifs:
        yield node.with_changes(ifs=node.ifs[:-1])


def swapped_cases(node: cst.CSTNode, source: Source) -> Replacements:
    """The second case is tried before the first."""
    if isinstance(node, cst.If) and isinstance(node.orelse, cst.If):
        second = node.orelse
        later = second.with_changes(test=node.test, body=node.body)
        yield node.with_changes(test=second.test, body=second.body, orelse=later)


def swapped_branches(node: cst.CSTNode, source: Source) -> Replacements:
    """Two branches have changed places."""
    if isinstance(node, cst.If) and isinstance(node.orelse, cst.Else):
        yield node.with_changes(body=node.orelse.body, orelse=node.orelse.with_changes(body=node.body))
    if isinstance(node, cst.IfExp):
        body = in_parentheses(node.orelse) if binding(node.orelse) == 0 else node.orelse
        yield node.with_changes(body=body, orelse=node.body)


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
    """`continue` for `break`, or neither."""
    if isinstance(node, cst.Break | cst.Continue):
        yield cst.Continue() if isinstance(node, cst.Break) else cst.Break()
        yield cst.Pass()


def loop_once(node: cst.CSTNode, source: Source) -> Replacements:
    """`if` for `while`."""
    if isinstance(node, cst.While) and node.orelse is None:
        yield cst.If(node.test, node.body, leading_lines=node.leading_lines)


def base_case_value(node: cst.CSTNode, source: Source) -> Replacements:
    """The recursion ends with another value."""
    if isinstance(node, cst.Return) and node.value is not None and is_recursive(source.function(node)):
        if isinstance(node.value, cst.Integer) or is_negative(node.value):
            for value in shifts(node.value):
                yield node.with_changes(value=value)
        if code_of(node.value) in ("True", "False"):
            yield node.with_changes(value=cst.Name("False" if code_of(node.value) == "True" else "True"))


_EXCEPTIONS = {
    "ValueError": "IndexError",
    "KeyError": "ValueError",
    "IndexError": "KeyError",
    "TypeError": "ValueError",
}


def wrong_exception(node: cst.CSTNode, source: Source) -> Replacements:
    """Another exception is raised than the contract names, or none at all."""
    if isinstance(node, cst.Raise) and isinstance(node.exc, cst.Call):
        other = _EXCEPTIONS.get(code_of(node.exc.func), "ValueError")
        if other != code_of(node.exc.func):
            yield node.with_changes(exc=node.exc.with_changes(func=cst.Name(other)))
        yield cst.Return(cst.Name("None"))
