"""Guesses about names: what type they have, where they surely have a value, and what is around a node."""

import ast
import textwrap
from typing import Any

import libcst as cst
import pytest

from debugarena.builder.mutation.source import Source, code_of, replace_nodes
from debugarena.builder.mutation.steps import OUT_OF_STEPS, metered
from debugarena.builder.program import load_programs


def node_of(source: Source, text: str) -> cst.CSTNode:
    """The last expression that reads like this."""
    return next(node for node in reversed(source.nodes) if code_of(node) == text)


PARAMETERS = """
def size(texts: list[str]) -> int:
    return len(texts)


def f(n: int, s: str, xs: list[int], d: dict[str, float], p: tuple[str, int], g: list[list[str]], u):
    return {expression}
"""


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("n", "int"),
        ("u", ""),
        ("'x'", "str"),
        ("True", "bool"),
        ("1.5", "float"),
        ("-n", "int"),
        ("not n", "bool"),
        ("n < 2", "bool"),
        ("n + u", "int"),
        ("n / 2", "float"),
        ("s * n", "str"),
        ("[0] * n", "list[int]"),
        ("s[0]", "str"),
        ("xs[0]", "int"),
        ("xs[1:]", "list[int]"),
        ("d['a']", "float"),
        ("p[0]", "str"),
        ("p[1]", "int"),
        ("p[n]", ""),
        ("g[0]", "list[str]"),
        ("g[0][0]", "str"),
        ("len(xs)", "int"),
        ("max(xs)", "int"),
        ("max(s, u)", "str"),
        ("min(u)", ""),
        ("sorted(d)", "list[str]"),
        ("s.strip()", "str"),
        ("s.split()", "list[str]"),
        ("size(g[0])", "int"),
        ("(n, s)", "tuple[int, str]"),
        ("u.other", ""),
    ],
)
def test_types_are_guessed_from_annotations_and_literals(expression: str, kind: str) -> None:
    source = Source(PARAMETERS.replace("{expression}", expression))
    returned = [node for node in source.nodes if isinstance(node, cst.Return)][-1]
    assert returned.value is not None
    assert source.type_of(returned.value) == kind


@pytest.mark.parametrize(
    ("body", "visible"),
    [
        ("a = 1\nHERE", {"a": "int"}),
        ("HERE\na = 1", {}),
        ("a = HERE", {}),
        ("a: list[int] = []\nHERE", {"a": "list[int]"}),
        ("a: int\nHERE", {}),
        ("if n:\n    a = 1\nHERE", {}),
        ("if n:\n    a = 1\nelse:\n    HERE", {}),
        ("if n:\n    a = 1\n    HERE", {"a": "int"}),
        ("for a in 'xy':\n    HERE", {"a": "str"}),
        ("for a in 'xy':\n    pass\nHERE", {}),
        ("for a in HERE:\n    pass", {}),
        ("for i, (a, b) in enumerate(zip(n, n)):\n    HERE", {"i": "int", "a": "", "b": ""}),
        ("_, a = 1, 'x'\nHERE", {"a": "str"}),
        ("return [HERE for a in range(9)]", {"a": "int"}),
        ("return [a for a in range(9) if HERE]", {"a": "int"}),
        ("return [a for a in HERE]", {}),
        ("return [b for a in 'x' for b in HERE]", {"a": "str"}),
        ("return {HERE: a for a in 'x'}", {"a": "str"}),
        ("b = [a for a in 'x']\nHERE", {"b": "list"}),
        ("def inner():\n    a = 1\nHERE", {}),
    ],
)
def test_a_variable_is_there_only_where_it_surely_has_a_value(body: str, visible: dict[str, str]) -> None:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    source = Source(f"def f(n):\n{indented}\n")
    assert source.variables(node_of(source, "HERE")) == {"n": "", **visible}


CLASS = """
from math import floor
import bisect as search


class Box:
    def __init__(self, size: int, *, label: str = "") -> None:
        self.size = size
        self.label = label
        self.items: list[int] = []

    def add(self, item: int) -> None:
        def check(other: int) -> bool:
            return other > 0

        if not check(item):
            raise ValueError(f"bad {item}")
        self.items.append(item)


def outer() -> int:
    return 1
"""


def test_scopes_attributes_and_globals_of_a_class() -> None:
    source = Source(CLASS)
    assert source.scope_name(node_of(source, "other > 0")) == "Box.add"
    assert source.scope_name(node_of(source, "return 1")) == "outer"
    assert source.scope_name(source.module.body[0]) == ""
    assert source.attributes(node_of(source, "other > 0")) == {"size": "int", "label": "str", "items": "list[int]"}
    assert source.attributes(node_of(source, "return 1")) == {}
    assert {"floor", "search", "len"} <= source.globals
    assert source.globals.isdisjoint({"bisect", "outer", "ceil"})


def test_annotations_imports_and_messages_are_not_changed() -> None:
    texts = {code_of(node) for node in Source(CLASS).nodes}
    assert {"floor", "list[int]", 'f"bad {item}"'}.isdisjoint(texts)
    assert 'ValueError(f"bad {item}")' in texts


def test_replacing_nodes_keeps_all_other_text() -> None:
    source = Source("x = a  +  b  # why\n\n# end\n")
    new = {id(node_of(source, "a")): cst.Name("c"), id(node_of(source, "b")): cst.Integer("1")}
    assert replace_nodes(source.module, new).code == "x = c  +  1  # why\n\n# end\n"


def test_code_that_does_not_parse_raises() -> None:
    with pytest.raises(cst.ParserSyntaxError):
        Source("def f(:\n")


# steps

LOOPS = """
@staticmethod
def count(n):
    '''How often.'''
    total = 0
    for i in range(n):
        while i > 0: i -= 1; total += 1
        for _ in (): pass
    return total
"""


def run(code: str, call: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    try:
        return eval(call, namespace)
    except BaseException as error:
        return type(error).__name__


@pytest.mark.parametrize(("n", "steps"), [(0, 1), (1, 2), (4, 11), (10, 56)])
def test_rounds_and_calls_are_steps(n: int, steps: int) -> None:
    assert run(metered(LOOPS, steps), f"count({n})") == n * (n - 1) // 2
    assert run(metered(LOOPS, steps - 1), f"count({n})") == OUT_OF_STEPS


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try:\n        pass\n    except Exception:\n        pass",
        "while True:\n    if n:\n        continue",
        "for x in iter(int, 1):\n    with memoryview(b'') as f: pass",
        "for x in iter(int, 1):\n    def inner(): pass",
        "for x in iter(int, 1):\n    class Inner: pass",
        "for x in iter(int, 1):\n    @str\n    def inner(): pass",
        "for x in iter(int, 1):\n    match n:\n        case 1: pass",
        "try:\n    f(n)\nexcept RecursionError:\n    f(n)",
    ],
)
def test_what_does_not_end_runs_out_of_steps(body: str) -> None:
    assert run(metered("def f(n):\n" + textwrap.indent(body, "    "), 2000), "f(1)") == OUT_OF_STEPS


def test_a_recursion_without_end_has_an_end_of_its_own() -> None:
    assert run(metered("def f(n):\n    return f(n)\n", 10**6), "f(1)") == "RecursionError"


def test_the_counter_goes_on_from_call_to_call() -> None:
    code = metered("def f():\n    return 1\n", 2)
    assert run(code, "(f(), f())") == (1, 1)
    assert run(code, "(f(), f(), f())") == OUT_OF_STEPS


def test_text_that_looks_like_code_is_left_alone() -> None:
    code = 'def f():\n    return """\nwhile True:\n    pass\x0c\n"""\n'
    assert run(metered(code, 10), "f()") == run(code, "f()")


def test_without_its_counters_every_program_is_what_it_was() -> None:
    class Uncounted(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
            return None if ast.unparse(node) == "step_taken()" else node

    for program in load_programs():
        counted = ast.parse(metered(program.code, 10**6))
        before = sum(isinstance(node, ast.FunctionDef | ast.For | ast.While) for node in ast.walk(counted)) - 1
        assert ast.unparse(counted).count("step_taken()") == before, program.name
        counted.body = counted.body[2:]  # the counter itself
        assert ast.unparse(Uncounted().visit(counted)) == ast.unparse(ast.parse(program.code)), program.name
