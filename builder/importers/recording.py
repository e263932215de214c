"""Runs a test's own code in the sandbox, with the fixed code under test, and keeps what it called and what came back.

A test may compute its inputs in loops and helpers, so they are not read from its text. Instead its code runs, and each
call whose result an assertion states a value for is recorded. Calls in these places are recorded (`sites`):

  assert f(x) == y, y == f(x), f(x) is True, f(x), not f(x), and several of these joined by `and`
  assert list(f(x)) == y, tuple(f(x)) == y, sorted(f(x)) == y (any order)
  assert abs(f(x) - y) < eps, math.isclose(f(x), y), round(f(x), n) == y, f(x) == approx(y)
  with raises(Error): f(x)
  got = f(x), where `got` is used in such assertions only

Not covered: a call whose result is tested in another way (`f(x) < 3`, `f(x) == f(y)`, `f(x) in (1, 2)`), because it
does not say which values are right; arguments that are functions or objects of the test. Nothing runs on the host.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.sandbox import Call, Job, Limits, TestInput, TestRun
from debugarena.benchmark.values import Compare, decode
from debugarena.builder.importers.shared import Case

RECORD_LIMITS = Limits(cpu_s=10.0, wall_s=60.0, job_s=60.0, reply_bytes=1 << 20)
_DURATION_LIMIT = "did not finish in time"
# values travel as [kind, content], which keeps the order of dicts: a function under test may depend on it
_RECORDER = """
debugarena_log = []


class DebugarenaOpaque(Exception):
    pass


def debugarena_wire(value):
    if isinstance(value, dict):
        return ["dict", [[debugarena_wire(key), debugarena_wire(item)] for key, item in value.items()]]
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return [kind.__name__, [debugarena_wire(item) for item in value]]
    if value is None or isinstance(value, (int, float, complex, str, bytes, bytearray)):
        return ["", value]
    raise DebugarenaOpaque


def debugarena_call(mode, stated, function, /, *args, **kwargs):
    try:
        entry = [mode, debugarena_wire(list(args)), debugarena_wire(kwargs), debugarena_wire(stated)]
    except DebugarenaOpaque:
        entry = []
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        debugarena_log.append(entry and [*entry, "raised", ["", type(error).__name__]])
        raise
    try:
        debugarena_log.append(entry and [*entry, "returned", debugarena_wire(result)])
    except DebugarenaOpaque:
        debugarena_log.append([])
    return result


def debugarena_record(index):
    debugarena_suites[index]()
    return debugarena_log
"""


@dataclass(frozen=True)
class Recording:
    """What one suite called, or a sentence on why it could not be followed. `n_opaque`: calls without plain data."""

    cases: tuple[Case, ...] = ()
    error: str = ""
    n_opaque: int = 0


def recording_job(fixed_code: str, test_code: str, suites: Sequence[str], prelude: str = "") -> Job:
    """A job with one test per suite. `suites` are expressions to call without arguments, in the names of `test_code`,
    which is already instrumented; `prelude` is the code that it builds on."""
    listed = "debugarena_suites = [" + ", ".join(suites) + "]\n"
    code = "\n\n".join([fixed_code, _RECORDER, prelude, test_code, listed])
    imports = read_code(code, "debugarena_record").imports
    tests = tuple(TestInput((Call((index,)),)) for index in range(len(suites)))
    return Job(code, "debugarena_record", tests, tuple(range(len(tests))), imports, RECORD_LIMITS)


def recording_of(run: TestRun) -> Recording:
    """Reads what a suite sent back."""
    if run.status != "ran":
        if run.status == "load-error":
            return Recording(error=f"{run.calls[0].type_name}: {run.calls[0].message}")
        return Recording(error=_DURATION_LIMIT if run.status == "timeout" else f"ended as {run.status}")
    outcome = run.calls[0]
    if outcome.status == "raised":
        return Recording(error=f"{outcome.type_name}: {outcome.message}".rstrip(": "))
    if outcome.status == "unencodable":
        return Recording(error=f"cannot be recorded: {outcome.type_name}")
    try:
        entries = decode(outcome.value)
        cases = tuple(case for entry in entries if (case := _case_of(entry)))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return Recording(error="sent back something unreadable")
    return Recording(cases, n_opaque=entries.count([]))


def _unwire(wired: list[Any]) -> Any:
    kind, content = wired
    if kind == "dict":
        return {_unwire(key): _unwire(item) for key, item in content}
    if kind == "":
        return content
    return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](map(_unwire, content))


def _case_of(entry: list[Any]) -> Case | None:
    if not entry:
        return None
    mode, happened = entry[0], entry[4]
    args, kwargs, stated, result = (_unwire(entry[i]) for i in (1, 2, 3, 5))
    if (happened == "raised") != (mode == "raises"):
        return None
    if mode == "raises":
        return Case(tuple(args), kwargs, raises=result)
    if mode == "truth" and type(result) is not bool:
        return None
    compare: Compare | None = "unordered" if mode == "unordered" else None
    return Case(tuple(args), kwargs, stated if mode == "near" else result, compare=compare)


def instrument(function: ast.FunctionDef, names: Collection[str]) -> None:
    """Routes the recorded calls in a test function, of the functions called `names`, through the recorder."""
    _Redirect(dict(sites(function, names))).visit(function)
    ast.fix_missing_locations(function)


class _Redirect(ast.NodeTransformer):
    def __init__(self, found: dict[int, tuple[str, ast.expr | None]]) -> None:
        self._found = found

    def visit_Call(self, node: ast.Call) -> ast.Call:
        site = self._found.get(id(node))
        self.generic_visit(node)
        if site is None:
            return node
        mode, stated = site
        first = [ast.Constant(mode), stated or ast.Constant(None), node.func]
        return ast.Call(ast.Name("debugarena_call", ast.Load()), [*first, *node.args], node.keywords)


def sites(function: ast.FunctionDef, names: Collection[str]) -> Iterator[tuple[int, tuple[str, ast.expr | None]]]:
    """The identity of each call that is recorded, with its mode and, for mode "near", the value stated for it."""
    assigned: dict[str, list[ast.Call]] = {}
    uses: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            uses[node.id] = uses.get(node.id, 0) + isinstance(node.ctx, ast.Load)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if len(node.targets) == 1 and isinstance(node.value, ast.Call) and _calls(node.value, names):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.With) and _expects_exception(node):
            yield from ((id(call), ("raises", None)) for call in _plain_calls(node.body, names))
    through: dict[str, list[tuple[str, ast.expr | None]]] = {}
    for node in ast.walk(function):
        if not isinstance(node, ast.Assert):
            continue
        for subject, mode, stated in _subjects(node.test):
            if stated is not None and any(_calls(inner, names) for inner in ast.walk(stated)):
                continue
            if _calls(subject, names):
                yield id(subject), (mode, stated if mode == "near" else None)
            elif isinstance(subject, ast.Name) and subject.id in assigned:
                through.setdefault(subject.id, []).append((mode, stated))
    stored = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and _is_store(node)}
    for name, found in through.items():
        modes = {mode for mode, _ in found}
        stores = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name and _is_store(n)]
        if len(found) != uses[name] or len(stores) != len(assigned[name]) or len(modes) != 1:
            continue
        mode, stated = found[0]
        if mode != "near":
            yield from ((id(call), (mode, None)) for call in assigned[name])
        # the stated value is passed along with the call, so it must not be computed between call and assertion
        elif stated is not None and len(found) == 1 and not stored & _names(stated):
            yield from ((id(call), (mode, stated)) for call in assigned[name])


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _is_store(name: ast.Name) -> bool:
    return not isinstance(name.ctx, ast.Load)


def _calls(node: ast.AST, names: Collection[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _expects_exception(node: ast.With) -> bool:
    return any(isinstance(i.context_expr, ast.Call) and _name(i.context_expr.func) == "raises" for i in node.items)


def _plain_calls(body: Sequence[ast.stmt], names: Collection[str]) -> Iterator[ast.Call]:
    for statement in body:
        value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
        if isinstance(value, ast.Call) and _calls(value, names):
            yield value


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


_Subject = tuple[ast.expr, str, ast.expr | None]


def _subjects(test: ast.expr) -> Iterator[_Subject]:
    """What an assertion states a value for, how, and the expression that states it."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for value in test.values:
            yield from _subjects(value)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield test.operand, "truth", None
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        yield from _compared(test.left, test.ops[0], test.comparators[0])
    elif isinstance(test, ast.Call) and _name(test.func) == "isclose" and len(test.args) == 2:
        yield test.args[0], "near", test.args[1]
        yield test.args[1], "near", test.args[0]
    else:
        yield test, "truth", None


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Iterator[_Subject]:
    if isinstance(operator, ast.Eq):
        for one, other in ((left, right), (right, left)):
            inner, mode = _peel(one)
            if isinstance(other, ast.Call) and _name(other.func) == "approx" and other.args:
                yield inner, "near", other.args[0]
            else:
                yield inner, mode, other
    elif isinstance(operator, ast.Is) and isinstance(right, ast.Constant):
        yield left, "value", right
    elif isinstance(operator, ast.Lt | ast.LtE) and isinstance(left, ast.Call) and _name(left.func) in ("abs", "fabs"):
        difference = left.args[0] if left.args else None
        if isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub):
            yield difference.left, "near", difference.right
            yield difference.right, "near", difference.left


def _peel(node: ast.expr) -> tuple[ast.expr, str]:
    """The call inside `list(...)`, `sorted(...)` or `round(...)`, and how its result is compared then."""
    modes = {"list": "value", "tuple": "value", "sorted": "unordered", "round": "near"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in modes and node.args:
        return node.args[0], modes[node.func.id]
    return node, "value"
