"""Edits of real programs: one place changes and nothing else, the way back exists, and no operator is idle."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider

from debugarena.builder.mutation import sites
from debugarena.builder.mutation.operators import OPERATORS, Operator
from debugarena.builder.mutation.sites import Mutant, Site, apply_sites, find_sites, first_order, tree_of
from debugarena.builder.mutation.source import Source, code_of, replace_nodes
from debugarena.builder.program import load_programs

PROGRAMS = {program.name: program.code for program in load_programs()}
SAMPLE = list(PROGRAMS)[::15]

# a program with comments and its own layout in every place where an edit could disturb them
COMMENTED = '''
"""Kept."""  # kept 1


# kept 2
def f(a: list[int], n: int = 3) -> int:  # kept 3
    # kept 4
    if not a:  # goes with the guard
        return 0

    total  =  0  # two blanks

    for x in a:

        # kept 5
        total += (x  # inside
                  * n)
        g(total)
    return total ;  # kept 6
# kept 7
'''

# some of every domain: most of the time goes into reading a program for the first time, and 400 examples take turns
names = st.sampled_from(sorted(PROGRAMS)[::4])
numbers = st.integers(0, 1 << 20)


@cache
def sites_of(name: str) -> tuple[Source, list[Site]]:
    source = Source(PROGRAMS[name])
    return source, find_sites(source, pytest.fail)


def pick(name: str, number: int) -> tuple[Source, Site]:
    source, sites = sites_of(name)
    return source, sites[number % len(sites)]


def mutated(source: Source, site: Site) -> cst.Module:
    around = {id(above) for above in source.ancestors(site.node)}
    return replace_nodes(source.module, {id(site.node): site.new}, around)


def span_of(source: Source, node: cst.CSTNode) -> tuple[int, int]:
    """Where the node's text, with its parentheses and the blanks and comments that belong to it, begins and ends."""
    wrapper = MetadataWrapper(source.module, unsafe_skip_copy=True)
    place = wrapper.resolve(WhitespaceInclusivePositionProvider)[node]
    lines = source.module.code.splitlines(keepends=True)
    starts = [sum(map(len, lines[: position.line - 1])) + position.column for position in (place.start, place.end)]
    return starts[0], starts[1]


LAYOUT = (
    cst.BaseParenthesizableWhitespace,
    cst.TrailingWhitespace,
    cst.EmptyLine,
    cst.Comma,
    cst.Semicolon,
    cst.Colon,
    cst.LeftParen,
    cst.RightParen,
)


def shape(node: cst.CSTNode) -> tuple[Any, ...]:
    """The tree without layout and parentheses; a chain of one of `and` and `or` is flat, however it is grouped."""
    if isinstance(node, cst.BooleanOperation):
        kind = type(node.operator)
        sides = [(side, shape(side)) for side in (node.left, node.right)]
        flat = [
            part
            for side, parts in sides
            for part in (
                parts[1:] if isinstance(side, cst.BooleanOperation) and type(side.operator) is kind else [parts]
            )
        ]
        return (kind.__name__, *flat)
    children = [shape(child) for child in node.children if not isinstance(child, LAYOUT)]
    return (type(node).__name__, getattr(node, "value", None) if not children else None, *children)


def path_to(source: Source, node: cst.CSTNode) -> Iterator[int]:
    """Which child to take at each step from the module down to the node."""
    nodes = [node, *source.ancestors(node)][::-1]
    for above, below in pairwise(nodes):
        yield next(i for i, child in enumerate(above.children) if child is below)


def undone(source: Source, site: Site) -> str:
    """The code after the edit and its inverse."""
    changed = mutated(source, site)
    if not isinstance(site.new, cst.RemovalSentinel):
        return replace_nodes(changed, {id(site.new): site.node}).code
    block = source.parent(site.node)
    assert isinstance(block, cst.IndentedBlock)
    place: cst.CSTNode = changed
    for step in path_to(source, block):
        place = place.children[step]
    assert isinstance(place, cst.IndentedBlock)
    i = next(i for i, statement in enumerate(block.body) if statement is site.node)
    whole = place.with_changes(body=[*place.body[:i], site.node, *place.body[i:]])
    return replace_nodes(changed, {id(place): whole}).code


@settings(max_examples=40)  # they cost more than the others
@given(names)
def test_the_same_code_gives_the_same_sites_in_the_same_order(name: str) -> None:
    def listed(sites: list[Site]) -> list[tuple[str, str, str]]:
        return [(Mutant(site, "").summary, site.scope, code_of(site.node)) for site in sites]

    assert listed(find_sites(Source(PROGRAMS[name]))) == listed(sites_of(name)[1])


@given(names, numbers)
def test_nothing_outside_the_changed_node_changes(name: str, number: int) -> None:
    source, site = pick(name, number)
    before, after = source.module.code, mutated(source, site).code
    start, end = span_of(source, site.node)
    assert after != before
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])
    assert len(after) >= start + len(before) - end


@given(names, numbers)
def test_the_text_of_a_mutant_means_what_its_tree_says(name: str, number: int) -> None:
    """No operand has slipped out of the changed node for want of parentheses."""
    source, site = pick(name, number)
    changed = mutated(source, site)
    assert shape(cst.parse_module(changed.code)) == shape(changed)


@given(names, numbers)
def test_the_inverse_edit_restores_the_program_byte_for_byte(name: str, number: int) -> None:
    source, site = pick(name, number)
    assert undone(source, site) == source.module.code


@given(names, numbers)
def test_the_scope_of_a_site_is_a_function_of_the_program(name: str, number: int) -> None:
    _, site = pick(name, number)
    *_, last = site.scope.split(".")
    assert not site.scope or f"def {last}(" in PROGRAMS[name] or f"class {last}" in PROGRAMS[name]


@pytest.mark.parametrize("name", SAMPLE[::5])
def test_first_order_mutants_compile_and_are_all_different(name: str) -> None:
    mutants = first_order(Source(PROGRAMS[name]), pytest.fail)
    trees = [tree_of(mutant.code) for mutant in mutants]
    assert all(trees)
    assert len({tree_of(PROGRAMS[name]), *trees}) == 1 + len(mutants)
    assert all("\n" not in mutant.summary for mutant in mutants)


def test_comments_and_layout_elsewhere_survive_every_edit() -> None:
    source = Source(COMMENTED)
    assert source.module.code == COMMENTED
    sites = find_sites(source, pytest.fail)
    assert len(sites) > 10
    for site in sites:
        code = mutated(source, site).code
        start, end = span_of(source, site.node)
        assert code.startswith(COMMENTED[:start]), Mutant(site, code).summary
        assert code.endswith(COMMENTED[end:]), Mutant(site, code).summary
        assert undone(source, site) == COMMENTED
        assert {"# kept 1", "# kept 2", "# kept 7"} <= {
            f"# kept {line[-1]}" for line in code.splitlines() if line[-6:-1] == "kept "
        }


def makers_of(name: str) -> dict[str, list[str]]:
    """Each syntax tree that one edit of the program makes -> the operators that make it, in their order."""
    source, sites = sites_of(name)
    makers: dict[str, list[str]] = defaultdict(list)
    for site in sites:
        makers[tree_of(mutated(source, site).code)].append(site.operator.name)
    return {tree: found for tree, found in makers.items() if tree not in ("", tree_of(source.module.code))}


def has_site(operator: Operator, name: str) -> bool:
    source = Source(PROGRAMS[name])
    return any(True for node in source.nodes for _ in operator.apply(node, source))


def test_every_operator_makes_mutants_that_no_earlier_one_makes() -> None:
    made: dict[str, int] = defaultdict(int)
    own: dict[str, int] = defaultdict(int)

    def count(name: str) -> None:
        for found in makers_of(name).values():
            own[found[0]] += 1
            for operator in set(found):
                made[operator] += 1

    for name in SAMPLE:
        count(name)
    for operator in OPERATORS:
        if not made[operator.name]:  # a rare one: the first program that it can change
            count(next(name for name in PROGRAMS if has_site(operator, name)))
    assert [operator.name for operator in OPERATORS if own[operator.name] < max(1, made[operator.name] / 2)] == []


TWO = "def f(a, b):\n    if a < b:\n        g(a)\n        h(b)\n    return a - b\n"


def site(source: Source, operator: str, before: str) -> Site:
    return next(s for s in find_sites(source) if s.operator.name == operator and code_of(s.node).strip() == before)


def test_two_edits_in_different_places_both_land() -> None:
    source = Source(TWO)
    both = [site(source, "comparison_boundary", "a < b"), site(source, "arithmetic_operator", "a - b")]
    expected = TWO.replace("a < b", "a <= b").replace("a - b", "a + b")
    assert apply_sites(source, both) == apply_sites(source, both[::-1]) == expected


def test_no_edit_gives_the_program_itself() -> None:
    assert apply_sites(Source(TWO), []) == TWO


def test_two_edits_of_one_node_are_refused() -> None:
    source = Source(TWO)
    assert (
        apply_sites(
            source, [site(source, "comparison_boundary", "a < b"), site(source, "comparison_direction", "a < b")]
        )
        is None
    )


@pytest.mark.parametrize("turn", [1, -1])
def test_an_edit_inside_another_is_refused(turn: int) -> None:
    source = Source(TWO)
    whole = next(s for s in find_sites(source) if s.operator.name == "dropped_branch")
    assert apply_sites(source, [whole, site(source, "comparison_boundary", "a < b")][::turn]) is None


def test_two_removals_in_one_block_are_refused() -> None:
    source = Source(TWO)
    first, second = (site(source, "dropped_statement", text) for text in ("g(a)", "h(b)"))
    assert apply_sites(source, [first]) == TWO.replace("        g(a)\n", "")
    assert apply_sites(source, [first, second]) is None


def test_a_result_that_is_not_python_is_refused() -> None:
    source = Source("def f(a):\n    while a:\n        break\n")
    assert apply_sites(source, [site(source, "loop_once", "while a:\n    break")]) is None


def broken(node: cst.CSTNode, source: Source) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Comparison):
        yield node.left
        raise KeyError("broken")


def test_an_operator_that_raises_is_reported_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(TWO)
    sound = [mutant.code for mutant in first_order(source, pytest.fail)]
    bad = Operator("broken", "wrong-operator", "It raises.", broken, 1.0)
    monkeypatch.setattr(sites, "OPERATORS", (OPERATORS[0], bad, *OPERATORS[1:]))
    reported: list[str] = []
    assert [mutant.code for mutant in first_order(source, reported.append)] == sound
    assert reported == ["broken"]
    assert "broken" not in {found.operator.name for found in find_sites(source, reported.append)}
    assert reported == ["broken", "broken"]
    assert find_sites(source)  # by default it goes on in silence


def test_the_tree_ignores_layout_and_is_empty_for_what_does_not_compile() -> None:
    assert tree_of("a=1 # x\n") == tree_of("a  =  (1)\n") != tree_of("a=2\n")
    assert tree_of("a = = 1") == tree_of("break\n") == tree_of("return 1\n") == ""
    assert tree_of("a is 1\n")  # a warning is no error


def test_a_summary_tells_what_stood_there_and_what_stands_there_now() -> None:
    source = Source(TWO)
    assert Mutant(site(source, "comparison_boundary", "a < b"), "").summary == "comparison_boundary: a < b -> a <= b"
    assert Mutant(site(source, "dropped_statement", "g(a)"), "").summary == "dropped_statement: g(a) -> (nothing)"


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("def f(a, i):\n    return a[i] - a[i - 1]\n", "return a[i] - a[i]"),
        ("def f(a):\n    return a == -a\n", "return a == a"),
        ("def f(a, b):\n    return min(a), max(a)\n", "return max(a), max(a)"),
        ("def f(a, b):\n    return a.ljust(9) if b else a.rjust(9)\n", "return a.rjust(9) if b else a.rjust(9)"),
        ("def f(a):\n    return a.strip() or a\n", "return a or a"),
        ("def f(a):\n    return a, sorted(a)\n", "return a, a"),
    ],
)
def test_no_edit_makes_two_parts_of_an_expression_alike(code: str, wrong: str) -> None:
    source = Source(code)
    made = [apply_sites(source, [site]) or "" for site in find_sites(source)]
    assert any(wrong in mutant for mutant in made)
    assert not any(wrong in mutant.code for mutant in first_order(source))


def test_what_is_alike_in_the_program_may_stay_alike() -> None:
    source = Source("def f(a, n):\n    return a * a + n - 1\n")
    assert "def f(a, n):\n    return a * a + n\n" in {mutant.code for mutant in first_order(source)}
