"""One YAML file -> one Bug. Every error names its file and line. Not covered: several bugs in one file."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from debugarena.benchmark.bounded_yaml import MAX_FILE_BYTES, MAX_NESTING, TOO_DEEP, Refused, bounded_yaml
from debugarena.benchmark.dataset.cases import (
    INSTANCE_NAMES,
    CallCase,
    TestCase,
    is_builtin_exception,
    is_instance_name,
    is_text,
)
from debugarena.benchmark.dataset.schema import CLOSED_COLUMNS, Bug, bug_id_complaint
from debugarena.benchmark.errors import BugFileError
from debugarena.benchmark.values import COMPARES, Unencodable, encode, shorten
from debugarena.benchmark.wording import unwrapped

BUGS_FOLDER = Path(__file__).parents[1] / "bugs"
OUR_SOURCE = "written for DebugArena"

_TEXT_KEYS = (
    "id",
    "title",
    "language",
    "difficulty",
    "category",
    "entry_point",
    "task",
    "hint",
    "buggy",
    "fixed",
)
_OPTIONAL_KEYS = ("license", "source", "program", "tier", "kind")
_CALL_KEYS = ("args", "kwargs", "expected", "raises", "args_after")
_IN_CALLS_KEYS = (*_CALL_KEYS, "args_at_end", "call", "as")
_TEST_KEYS = (*_CALL_KEYS, "name", "hidden", "compare", "calls")


class _Constructor(SafeConstructor):  # a subclass, so that other users of ruamel.yaml do not see our tags
    pass


def _sequence_tag(kind: type) -> Any:
    def construct(constructor: SafeConstructor, node: Node) -> Any:
        if not isinstance(node, SequenceNode):
            raise MarkedYAMLError(
                problem=f"{node.tag} takes a list, as in {node.tag} [1, 2]", problem_mark=node.start_mark
            )
        return kind(constructor.construct_sequence(node, deep=True))

    return construct


def _scalar_tag(parse: Any, example: str) -> Any:
    def construct(constructor: SafeConstructor, node: Node) -> Any:
        try:
            return parse(constructor.construct_scalar(node))
        except (ValueError, TypeError, YAMLError):
            problem = f"{node.tag} takes text, as in {node.tag} {example}"
            raise MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None

    return construct


for _tag, _function in {
    "!tuple": _sequence_tag(tuple),
    "!set": _sequence_tag(set),
    "!frozenset": _sequence_tag(frozenset),
    "!bytes": _scalar_tag(bytes.fromhex, '"00ff"'),
    "!complex": _scalar_tag(complex, '"1+2j"'),
    "!float": _scalar_tag(float, "nan"),
}.items():
    _Constructor.add_constructor(_tag, _function)


def read_bug(path: Path | str) -> Bug:
    """The bug in a YAML file. BugFileError (file, line, problem, remedy) for anything else."""
    file = str(path)
    try:
        data = Path(path).read_bytes() if Path(path).stat().st_size <= MAX_FILE_BYTES else None
    except OSError as error:
        raise BugFileError(file, 0, f"cannot be read: {error.strerror or error}") from None
    if data is None:
        raise BugFileError(file, 0, f"larger than {MAX_FILE_BYTES // 1024} KiB; a bug is a short function", "too-large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BugFileError(file, line, "not UTF-8 text; is this a binary file?", "not-text") from None
    bug = parse_bug(text, file)
    if not Path(path).resolve().is_relative_to(BUGS_FOLDER.resolve()):
        return bug
    if Path(path).resolve() != BUGS_FOLDER.resolve() / f"{bug.bug_id}.yaml":
        raise BugFileError(file, 1, f"the id {bug.bug_id} belongs into {bug.bug_id}.yaml", "misnamed")
    return replace(bug, source=OUR_SOURCE)


@lru_cache(maxsize=256)
def parse_bug(text: str, file: str) -> Bug:
    """The bug in YAML text; `file` only names it in errors. Cached, because ours take 1.3 s to parse."""
    return _Reader(file).bug(text)


class _Reader:
    """Holds the file's name while one text is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.yaml = bounded_yaml()
        self.yaml.Constructor = _Constructor

    def fail(self, node: Node | None, message: str, code: str = "bad-shape") -> BugFileError:
        line = node.start_mark.line + 1 if node is not None else 1
        return BugFileError(self.file, line, message, code)

    def bug(self, text: str) -> Bug:
        try:
            root = bounded_yaml().compose(text)
            if root is None:
                raise BugFileError(self.file, 1, "empty file; a bug needs id, title, task, code and tests", "empty")
            self._refuse_depth(root)
            return self._bug(root)
        except RecursionError:
            raise BugFileError(self.file, 1, TOO_DEEP, "too-deep") from None
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
            if isinstance(error, Refused):
                raise BugFileError(self.file, line, str(error.problem), error.code) from None
            problem = " ".join(str(error.problem or error.context or "not YAML").split())
            raise BugFileError(self.file, line, f"not readable YAML: {problem}", "bad-yaml") from None
        except YAMLError as error:
            first_line = str(error).strip().splitlines()[0]
            raise BugFileError(self.file, 1, f"not readable YAML: {first_line}", "bad-yaml") from None

    def _refuse_depth(self, node: Node, depth: int = 1) -> None:
        """The scanner counts only brackets and indents; a pair in a list, as in [a: b], nests deeper than these."""
        if depth > MAX_NESTING:
            raise self.fail(node, TOO_DEEP, "too-deep")
        if isinstance(node, MappingNode):
            for pair in node.value:
                for child in pair:
                    self._refuse_depth(child, depth + 1)
        elif isinstance(node, SequenceNode):
            for child in node.value:
                self._refuse_depth(child, depth + 1)

    def _bug(self, root: Node) -> Bug:
        top = self._mapping(root, (*_TEXT_KEYS, "tests"), _OPTIONAL_KEYS, "a bug")
        text = {key: self._text(top[key], key) for key in (*_TEXT_KEYS, *_OPTIONAL_KEYS) if key in top}
        for key, allowed in CLOSED_COLUMNS.items():
            if text.get(key, allowed[0]) not in allowed:
                raise self.fail(top[key], f"{key} is {text[key]!r}; it is one of: {', '.join(allowed)}")
        if not isinstance(top["tests"], SequenceNode) or not top["tests"].value:
            raise self.fail(top["tests"], "tests must be a list that is not empty")
        tests = tuple(self._test(node, number) for number, node in enumerate(top["tests"].value, 1))
        complaint = bug_id_complaint(text["id"], text["language"])
        if complaint:
            raise self.fail(top["id"], complaint)
        return Bug(
            bug_id=text["id"],
            language=text["language"],
            difficulty=text["difficulty"],
            category=text["category"],
            title=text["title"],
            task=unwrapped(text["task"]),
            hint=unwrapped(text["hint"]),
            entry_point=text["entry_point"],
            buggy_code=text["buggy"],
            fixed_code=text["fixed"],
            tests=tests,
            program=text.get("program", text["id"]),
            license=text.get("license", "Apache-2.0"),
            source=text.get("source", ""),
            tier=text.get("tier", "function"),
            kind=text.get("kind", "slip"),
        )

    def _mapping(self, node: Node, required: tuple[str, ...], optional: tuple[str, ...], what: str) -> dict[str, Node]:
        if not isinstance(node, MappingNode):
            raise self.fail(node, f"{what} must be a map of keys to values")
        found: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key = shorten(str(key_node.value)) if isinstance(key_node, ScalarNode) else "[...]"
            if key not in required + optional:
                raise self.fail(key_node, f"unknown key {key!r} in {what}; known: {', '.join(required + optional)}")
            if key in found:
                raise self.fail(key_node, f"key {key!r} stands twice in {what}")
            found[key] = value_node
        missing = [key for key in required if key not in found]
        if missing:
            raise self.fail(node, f"{what} lacks {', '.join(missing)}")
        return found

    def _text(self, node: Node, key: str) -> str:
        value: str = self._value(node)
        if not is_text(value) or not value.strip():
            raise self.fail(node, f"{key} must be text and not empty")
        return value

    def _value(self, node: Node) -> Any:
        try:
            # the tree has no aliases, so a constructor works on any part of it
            return _Constructor(loader=self.yaml).construct_object(node, deep=True)
        except (TypeError, ValueError, LookupError) as error:  # what ruamel.yaml lets through, such as 2024-13-45
            raise self.fail(node, f"no such value in Python: {shorten(str(error))}") from None

    def _plain(self, node: Node, kind: type, key: str) -> Any:
        value = self._value(node)
        if type(value) is not kind:
            names = {list: "a list", dict: "a map", bool: "true or false", str: "text"}
            raise self.fail(node, f"{key} must be {names[kind]}, not {shorten(repr(value))}")
        self._encoded(value, node, key)
        return value

    def _encoded(self, value: Any, node: Node, key: str) -> str:
        try:
            return encode(value)
        except Unencodable as error:
            raise self.fail(node, f"{key} holds a {error}, which is not plain data; quote it or use a tag") from None

    def _test(self, node: Node, number: int) -> TestCase:
        what = f"test {number}"
        parts = self._mapping(node, (), _TEST_KEYS, what)
        compare = self._plain(parts["compare"], str, "compare") if "compare" in parts else "exact"
        if compare not in COMPARES:
            raise self.fail(parts["compare"], f"compare is {compare!r}; it is one of: {', '.join(COMPARES)}")
        calls_node = parts.get("calls")
        if calls_node is None:
            calls: tuple[CallCase, ...] = (self._call(node, parts, what),)
        else:
            both = [key for key in _CALL_KEYS if key in parts]
            if both:
                raise self.fail(parts[both[0]], f"{what} has calls, so {both[0]} belongs into one of them")
            if not isinstance(calls_node, SequenceNode) or not calls_node.value:
                raise self.fail(calls_node, f"calls of {what} must be a list that is not empty")
            calls = tuple(
                self._call(child, self._mapping(child, (), _IN_CALLS_KEYS, f"a call of {what}"), what)
                for child in calls_node.value
            )
        if not any(call.checks for call in calls):
            raise self.fail(node, f"{what} checks nothing; give expected, raises, args_after or args_at_end")
        return TestCase(
            name=self._plain(parts["name"], str, "name") if "name" in parts else f"t{number:02}",
            hidden=self._plain(parts["hidden"], bool, "hidden") if "hidden" in parts else False,
            compare=compare,
            calls=calls,
            is_sequence=calls_node is not None,
        )

    def _call(self, node: Node, parts: dict[str, Node], what: str) -> CallCase:
        if "expected" in parts and "raises" in parts:
            raise self.fail(parts["raises"], f"{what} has both expected and raises; keep one")
        raises = self._plain(parts["raises"], str, "raises") if "raises" in parts else None
        if raises is not None and not is_builtin_exception(raises):
            raise self.fail(
                parts["raises"], f"raises is {raises!r}; it must name a builtin exception such as ValueError"
            )
        kwargs = self._plain(parts["kwargs"], dict, "kwargs") if "kwargs" in parts else {}
        if not all(isinstance(key, str) for key in kwargs):
            raise self.fail(parts["kwargs"], f"kwargs of {what} must have names as keys")
        instance = self._plain(parts["as"], str, "as") if "as" in parts else ""
        if "as" in parts and not is_instance_name(instance):
            raise self.fail(parts["as"], f"as is {instance!r}; {INSTANCE_NAMES}")
        return CallCase(
            target=self._plain(parts["call"], str, "call") if "call" in parts else "",
            args=tuple(self._plain(parts["args"], list, "args")) if "args" in parts else (),
            kwargs=cast(dict[str, Any], kwargs),
            expected=self._encoded(self._value(parts["expected"]), parts["expected"], "expected")
            if "expected" in parts
            else None,
            raises=raises,
            args_after=self._arguments(parts, "args_after"),
            args_at_end=self._arguments(parts, "args_at_end"),
            instance=instance,
        )

    def _arguments(self, parts: dict[str, Node], key: str) -> str | None:
        node = parts.get(key)
        return None if node is None else self._encoded(self._plain(node, list, key), node, key)
