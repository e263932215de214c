"""What a fix may not reach for, found in the syntax tree, never by substring; and which modules it may import.

This list says what counts as an attempt to cheat. It is not what keeps the machine safe: that is the sandbox, where
none of these names exists. Reach-arounds that no list can name (a name built at run time) gain nothing there.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from unicodedata import combining, normalize

# what bounds the time of the parser, in which a server does nothing else; docs/threat-model.md has the seconds
MAX_CODE_CHARS = 16 * 1024
MAX_MARKS = 30  # combining characters in a row, as in UAX #15: CPython sorts n of them in a name in n * n steps
MAX_NAMES_TIMES_SCOPES = 500_000  # CPython copies the names around it for each scope; 100 lines have some 100

IMPORTABLE_MODULES = frozenset(
    "__future__ abc array bisect calendar cmath collections contextlib copy dataclasses datetime decimal difflib enum "
    "fractions functools graphlib heapq itertools json math numbers operator random re statistics string textwrap "
    "typing unicodedata".split()
)
FORBIDDEN_MODULES = frozenset(
    "_ctypes _io _posixsubprocess _socket _thread _xxsubinterpreters ast asyncio atexit bdb builtins code codecs "
    "codeop concurrent ctypes dis faulthandler fcntl gc glob imp importlib inspect io linecache marshal mmap "
    "multiprocessing nt os pathlib pdb pickle pkgutil platform posix posixpath profile pty resource runpy select "
    "selectors shelve shutil signal site socket sqlite3 ssl subprocess symtable sys sysconfig tempfile threading "
    "trace traceback tracemalloc types unittest urllib weakref webbrowser zipimport".split()
)
FORBIDDEN_NAMES = frozenset(
    "__builtins__ __import__ __loader__ __spec__ breakpoint compile eval exec exit globals help input locals open "
    "quit vars".split()
)
FORBIDDEN_ATTRIBUTES = frozenset(
    "__base__ __bases__ __builtins__ __closure__ __code__ __globals__ __import__ __loader__ __mro__ __reduce__ "
    "__reduce_ex__ __self__ __spec__ __subclasses__ __traceback__ ag_await ag_code ag_frame cr_await cr_code cr_frame "
    "cr_origin f_back f_builtins f_code f_globals f_locals f_trace gi_code gi_frame gi_yieldfrom mro "
    "tb_frame tb_next".split()
)


@dataclass(frozen=True)
class CodeFacts:
    """What the syntax tree of a solution says. `parses` is False for anything that is not Python or far too long, and
    `error` then says why in a line."""

    parses: bool
    defines_entry_point: bool = False
    offences: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    normalised: str = ""
    error: str = ""


def read_code(code: str, entry_point: str) -> CodeFacts:
    """Parses untrusted code without running it.

    `offences` are in source order, each as `line 3: imports os`; `imports` are the allowed modules the code names;
    `normalised` is the tree as text, without positions, comments and docstrings: two codes that differ only in
    layout share it.
    """
    try:
        refuse_slow(code)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a solution is the solution's affair
            tree = ast.parse(code)
            scopes = symtable.symtable(code, "<solution>", "exec")
        nodes = [*ast.walk(tree)]
        offences = sorted({*_name_offences(scopes), *_tree_offences(nodes)})
        imports = sorted(_importable(nodes))
        _drop_docstrings(nodes)
        normalised = ast.dump(tree)
    except SyntaxError as error:
        return CodeFacts(parses=False, error=f"line {error.lineno}: {error.msg}" if error.lineno else error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return CodeFacts(parses=False, error=str(error) or "nested too deeply")
    return CodeFacts(
        parses=True,
        defines_entry_point=entry_point in _defined_names(tree),
        offences=tuple(f"line {line}: {what}" for line, what in offences),
        imports=tuple(imports),
        normalised=normalised,
    )


def refuse_slow(code: str) -> None:
    """ValueError, in one sentence, for code on which Python's parser and its symbol table could spend long."""
    if len(code) > MAX_CODE_CHARS:
        raise ValueError(f"more than {MAX_CODE_CHARS} characters")
    if not code.isascii() and _most_marks(code) > MAX_MARKS:
        raise ValueError(f"more than {MAX_MARKS} combining characters in a row")
    # both are counted too high, in comments as well, but no name and no scope is missed; `__x` is another in each class
    words = re.findall(r"[\w\x80-\U0010ffff]+", code)
    n_names = len(set(words)) + sum(word.startswith("__") and not word.endswith("__") for word in words)
    n_scopes = sum(map(code.count, ("def", "class", "lambda", "for")))
    if n_names * n_scopes > MAX_NAMES_TIMES_SCOPES:
        raise ValueError(f"{n_names} names in {n_scopes} functions, classes and loops are too many to look up")


def _most_marks(text: str) -> int:
    """The longest run of combining characters in what the characters of a text stand for."""
    # one by one: to decompose the whole text would sort the run
    parts = (part for character in text for part in normalize("NFKD", character))
    return max(
        (sum(1 for _ in run) for is_mark, run in groupby(parts, lambda p: combining(p) > 0) if is_mark), default=0
    )


def _defined_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(t.id for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            names.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def _importable(nodes: Sequence[ast.AST]) -> set[str]:
    wanted: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            wanted.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            wanted.add(node.module)
    return {name for name in wanted if name.split(".")[0] in IMPORTABLE_MODULES}


def _name_offences(table: symtable.SymbolTable) -> Iterator[tuple[int, str]]:
    """Forbidden builtins that some scope reads and the module does not define itself: a local named `open` is fine."""
    # only what is on the list is looked at: a solution can name thousands
    top = {s.get_name() for s in _listed(table) if s.is_assigned() or s.is_imported()}
    todo = [table]
    while todo:
        scope = todo.pop()
        todo.extend(scope.get_children())
        for symbol in _listed(scope):
            name = symbol.get_name()
            builtin = symbol.is_global() or (scope is table and not symbol.is_assigned())
            if symbol.is_referenced() and builtin and (name not in top or name[0] == "_"):
                yield scope.get_lineno() or 1, f"uses {name}"


def _listed(scope: symtable.SymbolTable) -> list[symtable.Symbol]:
    return [scope.lookup(name) for name in FORBIDDEN_NAMES.intersection(scope.get_identifiers())]


def _tree_offences(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    imported: set[str] = set()
    roots: dict[ast.expr, str | None] = {}  # of attributes: the name that the chain begins with
    for node in nodes:
        if isinstance(node, ast.Import):
            imported.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Attribute) and node not in roots:
            roots.update(_roots(node))
    for node in nodes:
        line = getattr(node, "lineno", 1)
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_forbidden_module(alias.name):
                    yield line, f"imports {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            for name in (node.module or "", *(alias.name for alias in node.names)):
                if _is_forbidden_module(name):
                    yield line, f"imports {name}"
        elif isinstance(node, ast.Attribute):
            if node.attr in FORBIDDEN_ATTRIBUTES:
                yield line, f"reaches for .{node.attr}"
            elif roots[node] in imported and _is_forbidden_module(node.attr):
                yield line, f"reaches for the module {node.attr} through another"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            text = _constant_text(node.args[1]) if len(node.args) > 1 else None
            if text is not None and (text in FORBIDDEN_ATTRIBUTES | FORBIDDEN_NAMES or _is_forbidden_module(text)):
                yield line, f"reaches for {text} by getattr"
        elif isinstance(node, ast.MatchClass):
            for attribute in node.kwd_attrs:
                if attribute in FORBIDDEN_ATTRIBUTES:
                    yield line, f"reaches for .{attribute} in a pattern"


def _is_forbidden_module(name: str) -> bool:
    root = name.split(".")[0]
    return root in FORBIDDEN_MODULES or root.lstrip("_") in ("os", "sys", "io", "builtins", "importlib", "inspect")


def _roots(node: ast.expr) -> dict[ast.expr, str | None]:
    """The name that `node`, the end of a chain of attributes, begins with, for each attribute of the chain."""
    chain = []
    while isinstance(node, ast.Attribute):
        chain.append(node)
        node = node.value
    return dict.fromkeys(chain, node.id if isinstance(node, ast.Name) else None)


def _constant_text(node: ast.expr) -> str | None:
    """The text of a string literal, also of literals joined by +."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _constant_text(node.left), _constant_text(node.right)
        return left + right if left is not None and right is not None else None
    return None


def _drop_docstrings(nodes: Sequence[ast.AST]) -> None:
    for node in nodes:
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
