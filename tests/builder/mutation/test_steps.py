import ast
import textwrap
from typing import Any

import pytest

from debugarena.builder.mutation.steps import OUT_OF_STEPS, metered
from debugarena.builder.program import load_programs

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
