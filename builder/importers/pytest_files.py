"""A folder of triples: for each name N either N_buggy.py, N_fixed.py and test_N.py, or a folder N with buggy.py,
fixed.py and one test_*.py.

The tests run in the sandbox with the fixed code and a small stand-in for pytest (pytest_stub.py). A call of the
function under test becomes a case (recording.py) if an assertion states its value or if it must raise. The function
under test is the only public one that both files define and the tests call. If there are several, it is the only one
whose code differs. Parametrize marks, loops, helpers and methods of classes named Test... are followed.
Not covered, but reported one by one: fixtures (tmp_path, monkeypatch, ...), unittest classes, setup methods, skipped
and asynchronous tests, tests of classes, modules that no solution may import.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from debugarena.benchmark.dataset.schema import CATEGORIES, Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.sandbox.importable import IMPORTABLE_MODULES
from debugarena.builder.importers.labels import guess_category, slug_of, unproven_bug
from debugarena.builder.importers.pytest_stub import STUB
from debugarena.builder.importers.recording import Recording, instrument, recording_job, recording_of
from debugarena.builder.importers.shared import UNPARSABLE, Found, parse, read_text, refused

WHAT = "a Python file"
GIVES_AWAY = re.compile(r"\b(bug|buggy|fixme|wrong|should be|mistake|broken)\b", re.IGNORECASE)
# what a test imports to find the code under test; here that code is in the same module
PATH_MODULES = ("os", "sys", "pathlib")


@dataclass(frozen=True)
class _Triple:
    name: str
    buggy: Path
    fixed: Path
    tests: tuple[Path, ...]


@dataclass(frozen=True)
class _Suites:
    """The tests of one file, ready to run: their code, the expression that runs each, and what cannot be followed."""

    code: str
    calls: dict[str, str]
    notes: tuple[str, ...]


def read(path: Path, license_name: str, sandbox: Sandbox) -> tuple[list[Found], list[str]]:
    """One entry per triple, in the order of the names; no notes on the whole."""
    if not path.is_dir():
        raise UsageError(f"{path}: not a folder; give one with N_buggy.py, N_fixed.py and test_N.py for each name N")
    triples = _triples(path)
    if not triples:
        raise UsageError(f"{path}: no N_buggy.py, N_fixed.py and test_N.py here, nor folders N with buggy.py, fixed.py")
    entries = [_entry(triple, license_name) for triple in triples]
    jobs = [recording_job(e.bug.fixed_code, s.code, [*s.calls.values()], STUB) for e, s in entries if e.bug and s]
    executions = sandbox.run_many(jobs)
    found = []
    for entry, suites in entries:
        if entry.bug and suites:
            recordings = [recording_of(run) for run in next(executions).tests]
            entry = _with_cases(entry, dict(zip(suites.calls, recordings, strict=True)))
        found.append(entry)
    return found, []


def _triples(path: Path) -> list[_Triple]:
    """The names that have a buggy or a fixed file, flat ones first."""
    names = sorted({f.stem.removesuffix(side) for side in ("_buggy", "_fixed") for f in path.glob(f"*{side}.py")})
    flat = [_Triple(n, path / f"{n}_buggy.py", path / f"{n}_fixed.py", (path / f"test_{n}.py",)) for n in names]
    folders = sorted({f.parent for side in ("buggy", "fixed") for f in path.glob(f"*/{side}.py")})
    return [
        *flat,
        *(_Triple(f.name, f / "buggy.py", f / "fixed.py", tuple(sorted(f.glob("test_*.py")))) for f in folders),
    ]


def _entry(triple: _Triple, license_name: str) -> tuple[Found, _Suites | None]:
    try:
        return _checked_entry(triple, license_name)
    except RecursionError:
        return Found(f"python/{slug_of(triple.name)}", reason="its code is nested too deeply"), None


def _checked_entry(triple: _Triple, license_name: str) -> tuple[Found, _Suites | None]:
    name = f"python/{slug_of(triple.name)}"
    if len(triple.tests) != 1:
        return Found(name, reason=f"{len(triple.tests)} test files; one test_*.py is expected next to buggy.py"), None
    try:
        texts = [read_text(file, WHAT) for file in (triple.buggy, triple.fixed, triple.tests[0])]
    except UsageError as error:
        return Found(name, reason=str(error)), None
    for text, file in zip(texts, (triple.buggy, triple.fixed, triple.tests[0]), strict=True):
        try:
            parse(text)
        except UNPARSABLE as error:
            why = error if isinstance(error, ValueError) else type(error).__name__
            return Found(name, reason=f"{file} does not parse ({why})"), None
    buggy, fixed, tests = texts
    tree = ast.parse(tests)
    module_names = {triple.name, f"{triple.name}_buggy", f"{triple.name}_fixed", "buggy", "fixed"}
    imports = _Imports(module_names, _defined(fixed))
    imports.visit(tree)
    if imports.missing:
        return Found(
            name, reason=f"{triple.tests[0].name} imports {imports.missing}, which no solution may import"
        ), None
    if clash := sorted(_defined(fixed) & _defined(ast.unparse(tree)) - {a for a, b in imports.aliases if a == b}):
        return Found(name, reason=f"{triple.tests[0].name} defines {clash[0]}, as the fixed code does"), None
    entry_point, reason = _entry_point(buggy, fixed, tree, dict(imports.aliases))
    if reason:
        return Found(name, reason=reason), None
    bug = _bug(name, triple.name, entry_point, buggy, fixed, license_name)
    if reason := refused(bug):
        return Found(name, reason=reason), None
    suites = _suites(tree, {entry_point, *(a for a, b in imports.aliases if b == entry_point)}, imports.aliases)
    notes = [*_give_aways(buggy), *suites.notes]
    if not suites.calls:
        said = f": {suites.notes[0]}" if suites.notes else ""
        return Found(name, reason=f"{triple.tests[0].name} holds no test that can be followed{said}"), None
    return Found(name, bug, notes=tuple(notes)), suites


def _bug(bug_id: str, name: str, entry_point: str, buggy: str, fixed: str, license_name: str) -> Bug:
    function = next(n for n in ast.parse(fixed).body if isinstance(n, ast.FunctionDef) and n.name == entry_point)
    category = guess_category(buggy, fixed)
    return unproven_bug(
        bug_id=bug_id,
        category=category,
        name=name,
        task=ast.get_docstring(function) or f"Repair `{entry_point}`, so that it gives what its tests state.",
        hint=f"The kind of mistake, as guessed from the fix: {CATEGORIES[category]}.",
        entry_point=entry_point,
        buggy_code=buggy,
        fixed_code=fixed,
        license_name=license_name,
        source=f"imported from test_{name}.py and its two programs",
    )


class _Imports(ast.NodeTransformer):
    """Removes from a test file the imports of pytest, of the code under test and of the modules that find it.

    `aliases` are pairs: the name that the test uses, and the name it stands for. `missing` is the first other module
    that cannot be imported.
    """

    def __init__(self, module_names: set[str], defined: set[str]) -> None:
        self._module_names, self._defined = module_names, defined
        self._modules: set[str] = set()
        self.aliases: list[tuple[str, str]] = []
        self.missing = ""

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        kept = []
        for alias in node.names:
            root = alias.name.split(".")[0]
            if root in IMPORTABLE_MODULES:
                kept.append(alias)
            elif alias.name.split(".")[-1] in self._module_names:
                self._modules.add(alias.asname or alias.name)
            elif root == "pytest":
                if alias.asname:
                    self.aliases.append((alias.asname, "pytest"))
            elif root not in PATH_MODULES:
                self.missing = self.missing or alias.name
        return ast.Import(kept) if kept else ast.Pass()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        module = node.module or ""
        if module == "__future__" or module.split(".")[0] in PATH_MODULES:
            return ast.Pass()
        if module == "pytest":
            self.aliases += [(alias.asname or alias.name, f"pytest.{alias.name}") for alias in node.names]
        elif not node.level and module.split(".")[0] in IMPORTABLE_MODULES:
            return node
        elif module.split(".")[-1] in self._module_names and [a.name for a in node.names] == ["*"]:
            return ast.Pass()
        elif all(alias.name in self._defined for alias in node.names):
            self.aliases += [(alias.asname or alias.name, alias.name) for alias in node.names]
        else:
            self.missing = self.missing or "." * node.level + module
        return ast.Pass()

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        self.generic_visit(node)
        return ast.Pass() if ast.unparse(node).startswith("sys.path.") else node


def _defined(code: str) -> set[str]:
    """The names that the statements of a module give to functions, classes and values."""
    names: set[str] = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


def _functions(code: str) -> dict[str, str]:
    """The public functions of a module -> the syntax tree of each, as text."""
    nodes = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.dump(node) for node in nodes if not node.name.startswith("_")}


def _entry_point(buggy: str, fixed: str, tests: ast.Module, aliases: dict[str, str]) -> tuple[str, str]:
    """The name of the function under test and "", or "" and the reason why there is none."""
    called = {n.func.id for n in ast.walk(tests) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    called = {aliases.get(name, name) for name in called}
    old, new = _functions(buggy), _functions(fixed)
    both = sorted(called & old.keys() & new.keys())
    changed = [name for name in both if old[name] != new[name]]
    if len(both) == 1:
        return both[0], ""
    if len(changed) == 1:
        return changed[0], ""
    if both:
        return "", f"the tests call several functions ({', '.join(both)}); one is expected"
    classes = [n.name for n in ast.parse(fixed).body if isinstance(n, ast.ClassDef) and n.name in called]
    if classes:
        return "", f"the tests call the class {classes[0]}; only functions are imported"
    return "", "the tests call no public function that both files define"


def _suites(tree: ast.Module, names: set[str], aliases: list[tuple[str, str]]) -> _Suites:
    calls, notes = {}, []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            if node.bases or any(getattr(m, "name", "").lower().startswith(("setup", "teardown")) for m in node.body):
                notes.append(f"not followed: {node.name} has a base class or a setup")
                continue
            members = [(m, f"{node.name}().", 1) for m in node.body]
        else:
            members = [(node, "", 0)]
        for member, prefix, n_bound in members:
            label = prefix.replace("().", ".") + getattr(member, "name", "")
            if not getattr(member, "name", "").startswith("test"):
                continue
            if reason := _obstacle(member, n_bound):
                notes.append(f"not followed: {label} {reason}")
            elif isinstance(member, ast.FunctionDef):
                instrument(member, names)
                calls[label] = f"lambda: debugarena_run({prefix}{member.name})"
    named = "".join(f"{alias} = {name}\n" for alias, name in aliases if alias != name)
    return _Suites(named + ast.unparse(ast.fix_missing_locations(tree)), calls, tuple(notes))


def _obstacle(test: ast.AST, n_bound: int) -> str:
    """Why a test cannot be followed, or ""."""
    if not isinstance(test, ast.FunctionDef):
        return "is asynchronous" if isinstance(test, ast.AsyncFunctionDef) else "is not a function"
    given: set[str] = set()
    for decorator in test.decorator_list:
        text = ast.unparse(decorator)
        mark = re.match(r"(?:pytest\.)?mark\.(\w+)", text)
        if mark is None:
            return f"has the decorator {text.split('(')[0]}"
        if mark[1] in ("skip", "skipif", "xfail"):
            return f"is marked {mark[1]}"
        if mark[1] == "parametrize" and isinstance(decorator, ast.Call) and decorator.args:
            given.update(_parameter_names(decorator.args[0]))
    fixtures = [a.arg for a in test.args.args[n_bound:] if a.arg not in given]
    return f"needs the fixture {fixtures[0]}" if fixtures else ""


def _parameter_names(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (name.strip() for name in node.value.split(","))
    elif isinstance(node, ast.List | ast.Tuple):
        yield from (str(item.value) for item in node.elts if isinstance(item, ast.Constant))


def _with_cases(entry: Found, recordings: dict[str, Recording]) -> Found:
    notes = list(entry.notes)
    for label, recording in recordings.items():
        if recording.error:
            notes.append(f"not followed: {label} fails with the fixed code ({recording.error})")
        elif not recording.cases:
            what = (
                "calls with values that are not plain data"
                if recording.n_opaque
                else "no value that a call must return"
            )
            notes.append(f"not followed: {label} states {what}")
    cases = tuple(case for r in recordings.values() if not r.error for case in r.cases)
    if not cases:
        said = f": {notes[0]}" if notes else ""
        return replace(entry, bug=None, reason=f"no test could be followed{said}", notes=())
    return replace(entry, cases=cases, notes=tuple(notes))


def _give_aways(code: str) -> list[str]:
    """A note on the first comment of the buggy code that seems to say where the mistake is."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and GIVES_AWAY.search(token.string):
            return [f"line {token.start[0]} of the buggy code has a comment that may give the mistake away; remove it"]
    return []
