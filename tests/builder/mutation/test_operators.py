"""Each operator on examples: a snippet and all that the operator makes of it, and snippets that it must leave alone."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

from debugarena.benchmark.dataset.schema import CATEGORIES
from debugarena.builder.mutation import operators
from debugarena.builder.mutation.operators import BY_NAME, OPERATORS
from debugarena.builder.mutation.sites import apply_sites, find_sites
from debugarena.builder.mutation.source import Source

EXAMPLES: list[tuple[str, str, list[str]]] = [
    ("comparison_boundary", "a < b <= c", ["a <= b <= c", "a < b < c"]),
    ("comparison_boundary", "a == b", []),
    ("comparison_direction", "a < b", ["a > b"]),
    ("comparison_direction", "0 <= x < n", []),
    ("comparison_direction", "a in b", []),
    ("equality_negated", "a == b", ["a != b"]),
    ("equality_negated", "a not in b", ["a in b"]),
    ("equality_negated", "a is None", ["a is not None"]),
    ("equality_negated", "a < b", []),
    ("equality_widened", "len(a) == 3", ["len(a) <= 3", "len(a) >= 3"]),
    ("equality_widened", "len(a) == 0", ["len(a) <= 0"]),
    ("equality_widened", 'a == "x"', []),
    ("equality_widened", "len(a) % 2 == 1", []),
    ("dropped_bound", "0 <= x < n", ["0 <= x", "x < n"]),
    ("dropped_bound", "x < n", []),
    ("truthiness", "x is None or y", ["not x or y"]),
    ("truthiness", "x is not None", ["x"]),
    ("truthiness", "x is y", []),
    ("boolean_operator", "a and b", ["a or b"]),
    ("boolean_operator", "a and b and c", ["a and b or c", "(a or b) and c"]),
    ("boolean_operator", "a or b or c", ["a or b and c", "a and b or c"]),
    ("boolean_operator", "not a", []),
    ("dropped_condition", "(a or b) and c", ["(a or b)", "c", "a and c", "b and c"]),
    ("dropped_condition", 'a or "1"', ["a"]),
    ("dropped_condition", "a if b else c", []),
    ("dropped_not", "not (a or b)", ["(a or b)"]),
    ("dropped_not", "-a", []),
    ("arithmetic_operator", "a * b + c", ["a * b - c"]),
    ("arithmetic_operator", "2 - a * b", ["2 + a * b"]),
    ("arithmetic_operator", "a | b ^ c", ["a & (b ^ c)", "a ^ (b ^ c)", "a | (b | c)"]),
    ("arithmetic_operator", 'a + "x"', []),
    ("arithmetic_operator", "24 * 60", []),
    ("arithmetic_operator", "x * 60", ["x // 60"]),
    ("arithmetic_operator", "(low + high) // 2", ["(low - high) // 2"]),
    (
        "arithmetic_operator",
        "n % 2, n * 2, n * width, n // width % size",
        ["n % 2, n * 2, n * width, n // width // size"],
    ),
    ("arithmetic_operator", "n // width", ["n % width"]),
    (
        "arithmetic_operator",
        "def f(a: set[int], b: set[int]):\n    return a - b",
        ["def f(a: set[int], b: set[int]):\n    return a & b"],
    ),
    ("swapped_operands", "a - b - c", ["b - a - c"]),
    ("swapped_operands", "a // len(b)", ["len(b) // a"]),
    ("swapped_operands", "a * 100 // b", []),
    ("swapped_operands", "a % b", []),
    ("swapped_operands", "a + b", []),
    ("swapped_operands", "n - 1", []),
    ("lost_rounding", "a // b", ["a / b"]),
    ("lost_rounding", "a / b", ["a // b"]),
    ("lost_rounding", "-(-a // b)", ["(a // b)"]),
    ("lost_rounding", "round(a, 2)", ["int(a)"]),
    ("lost_rounding", "a[n // 2]", []),
    ("lost_rounding", "range(n // 2 + 1)", []),
    ("dropped_sign", "-x", ["x"]),
    ("dropped_sign", "-(a + b) * c", ["(a + b) * c"]),
    ("dropped_sign", "not x", []),
    ("constant_off_by_one", "x > 5", ["x > 4"]),
    ("constant_off_by_one", "x >= 5", ["x >= 6"]),
    ("constant_off_by_one", "x > 0", ["x > 1"]),
    ("constant_off_by_one", "x == 0 or y == 7", ["x == 1 or y == 7"]),
    ("constant_off_by_one", "len(x) == 3", ["len(x) == 4", "len(x) == 2"]),
    ("constant_off_by_one", "x % 4 == 0", []),
    ("constant_off_by_one", "f(x + 1)", ["f(x)"]),
    ("constant_off_by_one", "max(1, x) + 2", ["max(0, x) + 2", "max(1, x) + 1"]),
    (
        "constant_off_by_one",
        "def f(n):\n    return 1 if n else f(n - 2)",
        [
            "def f(n):\n    return 0 if n else f(n - 2)",
            "def f(n):\n    return 1 if n else f(n - 1)",
        ],
    ),
    ("constant_off_by_one", "a[1], b[2:], range(3), c[i - 1]", []),
    ("constant_off_by_one", "x & 0xFF", []),
    # numbers with a meaning of their own
    ("constant_off_by_one", "x * 50", []),
    ("constant_off_by_one", "x * 2, x // 2, x % 10, x ** 2, x + 7, 1 << x", []),
    ("constant_off_by_one", "days = {2: 28, 4: 30}", []),
    ("constant_off_by_one", "[31, 28, 31]", []),
    ("constant_off_by_one", "[(0, 1), (1, 0)]", []),
    ("constant_off_by_one", "int(a, 2), divmod(a, 60), a.zfill(2), round(a, 2), date(y, m, 1)", []),
    ("constant_off_by_one", "sum(1 for x in a)", []),
    ("constant_off_by_one", "x += 1", []),
    ("range_bound", "range(n)", ["range(n + 1)", "range(n - 1)"]),
    ("range_bound", "range(1, n - 1)", ["range(2, n - 1)", "range(0, n - 1)", "range(1, n)"]),
    (
        "range_bound",
        "range(low, n)",
        ["range(low + 1, n)", "range(low - 1, n)", "range(low, n + 1)", "range(low, n - 1)", "range(n)"],
    ),
    ("range_bound", "range(0, n)", ["range(1, n)", "range(0, n + 1)", "range(0, n - 1)"]),
    ("range_bound", "range(1, 13)", ["range(2, 13)", "range(0, 13)", "range(1, 12)"]),
    ("range_bound", "range(7)", []),
    ("range_bound", "list(n)", []),
    ("dropped_stride", "range(0, n, 2)", ["range(0, n)"]),
    ("dropped_stride", "a[::-1]", ["a[:]"]),
    ("dropped_stride", "a[1:]", []),
    ("enumerate_start", "enumerate(a)", ["enumerate(a, 1)"]),
    ("enumerate_start", "enumerate(a, 1)", ["enumerate(a)"]),
    ("enumerate_start", "zip(a)", []),
    ("slice_bound", "a[1:n]", ["a[2:n]", "a[:n]", "a[1 : n + 1]", "a[1 : n - 1]", "a[1:]"]),
    (
        "slice_bound",
        "a[i : len(b) : k]",
        [
            "a[i + 1 : len(b) : k]",
            "a[i - 1 : len(b) : k]",
            "a[: len(b) : k]",
            "a[i : len(b) + 1 : k]",
            "a[i : len(b) - 1 : k]",
            "a[i::k]",
        ],
    ),
    ("slice_bound", "a[:-1]", ["a[:-2]"]),
    ("slice_bound", "a[0:]", ["a[1:]"]),
    ("slice_bound", "a[i : i + 8]", ["a[i + 1 : i + 8]", "a[i - 1 : i + 8]", "a[: i + 8]", "a[i:]"]),
    ("slice_bound", "a[1]", []),
    ("index_shift", "a[0]", ["a[1]", "a[-1]"]),
    ("index_shift", "a[i - 1]", ["a[i]"]),
    ("index_shift", "def f(a: dict[int, str], i: int):\n    return a[i]", []),
    (
        "index_shift",
        "class A:\n    def __init__(self):\n        self.a = {}\n\n    def f(self, i: int):\n        del self.a[i]",
        [],
    ),
    (
        "index_shift",
        "def f(i: int, k: str):\n    return a[i], a[k]",
        ["def f(i: int, k: str):\n    return a[i + 1], a[k]", "def f(i: int, k: str):\n    return a[i - 1], a[k]"],
    ),
    ("index_shift", "a[:2]", []),
    (
        "skipped_element",
        "def f(a: list[int]):\n    for x in a:\n        g(x)",
        [
            "def f(a: list[int]):\n    for x in a[1:]:\n        g(x)",
            "def f(a: list[int]):\n    for x in a[:-1]:\n        g(x)",
        ],
    ),
    ("skipped_element", "def f(a: set[int]):\n    return [x for x in a]", []),
    (
        "wrong_variable",
        "def f(a: int, b: int, c: str):\n    return a * 2",
        ["def f(a: int, b: int, c: str):\n    return b * 2"],
    ),
    ("wrong_variable", "def f(age: int, price: int):\n    return price * 2", []),
    ("wrong_variable", "def f(xs: list[int]):\n    return [x - 1 for i, x in enumerate(xs)]", []),
    ("wrong_variable", "def f(a: int, b: int):\n    return a - b", []),
    ("wrong_variable", "def f(n: int):\n    y = n + 1\n    return n", ["def f(n: int):\n    y = n + 1\n    return y"]),
    ("wrong_variable", "def f(n: int):\n    if g():\n        y = 1\n    return n", []),
    ("wrong_variable", "def f(n: int):\n    a = [k for k in range(n)]\n    return n", []),
    ("wrong_variable", "def f(a: int, b: int):\n    return g(a, b)", []),
    ("wrong_variable", 'def f(a: int, b: int):\n    return f"{a} of {b}"', []),
    (
        "wrong_variable",
        "def f(a: int, b: int):\n    b = a\n    b += a\n    g(a)",
        ["def f(a: int, b: int):\n    b = a\n    b += a\n    g(b)"],
    ),
    # a part of its own
    ("wrong_variable", "def f(a: int, xs: list[int]):\n    for x in xs:\n        g(x, x)\n    return a", []),
    (
        "wrong_variable",
        "def f(top: int, xs: list[int]):\n    for x in xs:\n        x_top = top\n        g(x, x)",
        [
            f"def f(top: int, xs: list[int]):\n    for x in xs:\n        x_top = top\n        g({given})"
            for given in ("x_top, x", "x, x_top")
        ],
    ),
    # one that is computed for this place only
    ("wrong_variable", "def f():\n    a = 1\n    b = 2\n    return b", []),
    (
        "wrong_attribute",
        "class A:\n    def __init__(self):\n        self.low = 0\n        self.high = 9\n        self.name = ''\n\n    def get(self):\n        return self.low",
        [
            "class A:\n    def __init__(self):\n        self.low = 0\n        self.high = 9\n        self.name = ''\n\n    def get(self):\n        return self.high"
        ],
    ),
    ("wrong_attribute", "def f(a):\n    return a.low", []),
    (
        "wrong_attribute",
        "class A:\n    def __init__(self):\n        self.low = 0\n        self.high = 9\n\n    def get(self):\n        return self.high - self.low",
        [],
    ),
    ("swapped_arguments", "f(a, b)", ["f(b, a)"]),
    ("swapped_arguments", "f(a, a)", []),
    ("swapped_arguments", "max(a, b)", []),
    ("swapped_arguments", 'f("a", 1), f(a, 1), a.replace(",", "")', []),
    ("swapped_arguments", "f(a, key=b)", []),
    ("swapped_arguments", "def f(a: int, b: str):\n    return f(b, a)", []),
    ("swapped_elements", "(a, b)", ["(b, a)"]),
    ("swapped_elements", "a, b = b, a", ["a, b = a, b"]),
    ("swapped_elements", "x in (a, b)", []),
    ("swapped_elements", "(1, 'a')", []),
    ("swapped_elements", "(0, -1)", []),
    ("swapped_elements", "(a, 0)", []),
    ("swapped_elements", "max((a, b))", []),
    (
        "wrong_initial_value",
        "def f():\n    a = 0\n    b = -1\n    c = True\n    d = 5\n    return a",
        [
            "def f():\n    a = 1\n    b = -1\n    c = True\n    d = 5\n    return a",
            "def f():\n    a = 0\n    b = 0\n    c = True\n    d = 5\n    return a",
            "def f():\n    a = 0\n    b = -1\n    c = False\n    d = 5\n    return a",
        ],
    ),
    (
        "wrong_initial_value",
        "def f(xs):\n    best = xs[0]\n    return best",
        ["def f(xs):\n    best = 0\n    return best"],
    ),
    ("wrong_initial_value", "LIMIT = 0", []),
    ("wrong_initial_value", "def f(node):\n    while node:\n        node = node[0]\n    return node", []),
    ("wrong_initial_value", "def f(words: list[str]):\n    best = words[0]\n    return best", []),
    (
        "wrong_default",
        "def f(a=1, b=None):\n    return a",
        ["def f(a=0, b=None):\n    return a"],
    ),
    ("wrong_default", "a.get(k, 0)", ["a.get(k, 1)", "a.get(k)"]),
    ("wrong_default", "a.get(k, 0) + 1", ["a.get(k, 1) + 1"]),
    ("wrong_default", "a.get(k)", []),
    ("wrong_default", "def f(width=80):\n    return width", []),
    ("accumulator_operator", "a += b", ["a -= b"]),
    ("accumulator_operator", "a -= 1", ["a += 1"]),
    ("accumulator_operator", "a += 1", []),
    ("accumulator_operator", "a //= 10", []),
    ("accumulator_operator", "a *= b", ["a += b"]),
    ("accumulator_operator", 'a += "x"', []),
    ("accumulator_operator", "a += [1]", []),
    ("lost_update", "a += b", ["a = b"]),
    ("lost_update", "a //= 2", []),
    (
        "dropped_statement",
        "def f(a):\n    g(a)\n    a += 1\n    b = a\n    return b",
        ["def f(a):\n    a += 1\n    b = a\n    return b", "def f(a):\n    g(a)\n    b = a\n    return b"],
    ),
    ("dropped_statement", "def f(a):\n    'text'\n    return a", []),
    ("dropped_statement", "def f(a):\n    if a:\n        g(a)\n    return a", []),
    (
        "dropped_statement",
        "class A:\n    def __init__(self):\n        self.a = 0\n        self.b = 0\n\n    def reset(self):\n        self.a = 0\n        self.b += 1",
        [
            "class A:\n    def __init__(self):\n        self.a = 0\n        self.b = 0\n\n    def reset(self):\n        self.b += 1",
            "class A:\n    def __init__(self):\n        self.a = 0\n        self.b = 0\n\n    def reset(self):\n        self.a = 0",
        ],
    ),
    (
        "swapped_statements",
        "def f(a):\n    a.add(1)\n    b = len(a)\n    return b",
        ["def f(a):\n    b = len(a)\n    a.add(1)\n    return b"],
    ),
    ("swapped_statements", "def f(a):\n    b = len(a)\n    c = b + 1\n    return c", []),
    ("swapped_statements", "def f(a, b):\n    a += 1\n    b += 1\n    return a", []),
    ("missing_copy", "a.copy()", ["a"]),
    ("missing_copy", "list(a)", ["a"]),
    ("missing_copy", "a[:]", ["a"]),
    ("missing_copy", "[list(row) for row in a]", ["list(a)", "[row for row in a]"]),
    ("missing_copy", "def f(a: str):\n    return list(a)", []),
    ("missing_copy", "set(a)", []),
    ("shared_rows", "[[0] * n for _ in range(m)]", ["[[0] * n] * m"]),
    ("shared_rows", "[[] for _ in range(m + 1)]", ["[[]] * (m + 1)"]),
    ("shared_rows", "[[i] for i in range(m)]", []),
    ("shared_rows", "[0 for _ in range(m)]", []),
    ("dropped_guard", "def f(a):\n    if not a:\n        return 0\n    return a", ["def f(a):\n    return a"]),
    ("dropped_guard", "def f(a):\n    if a:\n        a += 1\n    return a", []),
    ("dropped_branch", "def f(a):\n    if a:\n        a += 1\n    return a", ["def f(a):\n    return a"]),
    (
        "dropped_branch",
        "if a:\n    b()\nelif c:\n    d()\nelse:\n    e()",
        ["if a:\n    b()\nelse:\n    e()", "if a:\n    b()\nelif c:\n    d()"],
    ),
    ("dropped_branch", "def f(a):\n    if a:\n        return 1\n    return 2", []),
    ("dropped_branch", "def f(a):\n    if a:\n        b = 1\n    else:\n        b = 2\n    return b", []),
    ("unconditional", "a if b else c", ["a", "c"]),
    ("unconditional", "[x for x in a if x]", ["[x for x in a]"]),
    ("unconditional", "a[0] if a else None", ["a[0]"]),
    ("unconditional", "[] if b else a", ["a"]),
    ("unconditional", "1 if a else 3", []),
    ("unconditional", "[x for x in a]", []),
    ("swapped_cases", "if a:\n    b()\nelif c:\n    d()", ["if c:\n    d()\nelif a:\n    b()"]),
    ("swapped_cases", "if a:\n    b()\nelse:\n    d()", []),
    ("swapped_branches", "if a:\n    b()\nelse:\n    d()", ["if a:\n    d()\nelse:\n    b()"]),
    ("swapped_branches", "a if b else c", ["c if b else a"]),
    ("swapped_branches", "a if b else c if d else e", ["(c if d else e) if b else a", "a if b else e if d else c"]),
    ("swapped_branches", "a if a < b else b", ["b if a < b else a"]),
    ("swapped_branches", "if a:\n    b()", []),
    ("swapped_branches", "a[0] if a else 0", []),
    ("swapped_branches", "a if a is not None else b", []),
    ("swapped_branches", "if a:\n    b(a.pop())\nelse:\n    c()", []),
    (
        "early_return",
        "def f(a):\n    for x in a:\n        g(x)\n    return a",
        ["def f(a):\n    for x in a:\n        g(x)\n        return a\n    return a"],
    ),
    ("early_return", "def f(a):\n    for x in a:\n        g(x)\n    h()\n    return a", []),
    ("wrong_jump", "while a:\n    break", ["while a:\n    continue"]),
    ("wrong_jump", "while a:\n    b()\n    break", ["while a:\n    b()", "while a:\n    b()\n    continue"]),
    ("wrong_jump", "while a:\n    pass", []),
    ("loop_once", "while a:\n    b()", ["if a:\n    b()"]),
    ("loop_once", "for a in b:\n    c()", []),
    (
        "base_case_value",
        "def f(n):\n    if n == 0:\n        return 1\n    return n * f(n - 1)",
        [
            "def f(n):\n    if n == 0:\n        return 0\n    return n * f(n - 1)",
        ],
    ),
    (
        "base_case_value",
        "def f(n):\n    if n == 0:\n        return True\n    return f(n - 1)",
        ["def f(n):\n    if n == 0:\n        return False\n    return f(n - 1)"],
    ),
    ("base_case_value", "def f(n):\n    return 1", []),
    (
        "wrong_exception",
        'def f():\n    raise KeyError("no")',
        ['def f():\n    raise ValueError("no")', "def f():\n    return None"],
    ),
    (
        "wrong_exception",
        'def f():\n    raise ValueError("no")',
        ['def f():\n    raise TypeError("no")', "def f():\n    return None"],
    ),
    ("wrong_exception", "raise", []),
    ("wrong_function", "min(a)", ["max(a)"]),
    ("wrong_function", "a.find(b)", ["a.rfind(b)"]),
    ("wrong_function", "heappush(a, b)", ["a.append(b)"]),
    ("wrong_function", "a.insert(0, b)", ["a.append(b)"]),
    ("wrong_function", "bisect_left(a, b)", []),
    (
        "wrong_function",
        "from bisect import bisect_left, bisect_right\nbisect_left(a, b)",
        ["from bisect import bisect_left, bisect_right\nbisect_right(a, b)"],
    ),
    ("wrong_function", "a.append(1)", []),
    ("wrong_function", "a.append([1])", ["a.extend([1])"]),
    ("wrong_function", "f(a), a.add(b), a.keys()", []),
    ("wrong_function", "min(max(a, 0), 9)", []),
    ("dropped_keyword", "sorted(a, key=b, reverse=True)", ["sorted(a, reverse=True)", "sorted(a, key=b)"]),
    ("dropped_keyword", "zip(a, b, strict=True)", []),
    ("dropped_call", "abs(x - y) * 2", ["(x - y) * 2"]),
    ("dropped_call", "s.strip()", ["s"]),
    ("dropped_call", "sorted(a, key=b)", ["a"]),
    ("dropped_call", "int(text)", []),
    ("dropped_call", "len(a)", []),
]


@pytest.mark.parametrize(("operator", "before", "after"), EXAMPLES)
def test_an_operator_makes_just_these_of_the_snippet(operator: str, before: str, after: list[str]) -> None:
    source = Source(before + "\n")
    sites = [site for site in find_sites(source, pytest.fail) if site.operator.name == operator]
    assert [apply_sites(source, [site]) for site in sites] == [f"{code}\n" for code in after]


def test_every_operator_has_an_example_and_a_counterexample() -> None:
    assert {name for name, _, after in EXAMPLES if after} == set(BY_NAME)
    assert {name for name, _, after in EXAMPLES if not after} == set(BY_NAME)


def test_the_table_of_operators_is_in_order() -> None:
    assert len(BY_NAME) == len(OPERATORS) >= 25
    for operator in OPERATORS:
        assert operator.name == operator.apply.__name__
        assert operator.category in CATEGORIES
        assert operator.mistake[0].isupper()
        assert operator.mistake.endswith(".")
        assert operator.apply.__doc__, operator.name


def test_every_public_function_of_a_family_has_its_row() -> None:
    families = {m.name for m in pkgutil.iter_modules(operators.__path__)} - {"shared"}
    modules = [importlib.import_module(f"{operators.__name__}.{family}") for family in families]
    own = {
        f
        for module in modules
        for _, f in inspect.getmembers(module, inspect.isfunction)
        if f.__module__ == module.__name__
    }
    assert {f for f in own if not f.__name__.startswith("_")} == {operator.apply for operator in OPERATORS}


def test_the_page_names_every_operator_with_its_category_and_mistake() -> None:
    page = (Path(__file__).parents[3] / "docs" / "generation.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([a-z-]+) \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(o.name, o.category, o.mistake) for o in OPERATORS]
