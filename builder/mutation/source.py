"""A program as a tree that keeps its formatting, with what operators ask about a node: parents, scopes, simple types.

Types are guesses from annotations and literals, good enough to put one variable in another's place. Not covered:
anything that needs running the code.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from debugarena.builder.mutation.type_names import element_of, pairs, part_of

_EMPTY = cst.Module([])
_INT_CALLS = frozenset("len sum int abs ord round".split())
_STR_CALLS = frozenset("str chr repr bin hex join strip lstrip rstrip lower upper replace zfill ljust rjust".split())


@dataclass(frozen=True)
class _Binding:
    """A variable that surely has a value at the positions from `first` to `last`.

    origin: the parameter, loop or assignment that gives it the value.
    """

    name: str
    kind: str
    first: int
    last: int
    origin: cst.CSTNode


def code_of(node: cst.CSTNode) -> str:
    """The node as source text."""
    return _EMPTY.code_for_node(node)


def replace_nodes(module: cst.Module, new: dict[int, Any], around: set[int] | None = None) -> cst.Module:
    """The module with `new[id(node)]` in place of each node; no site may be inside another.

    around: the ids of all nodes that contain sites, if they are known; the others are then skipped, which is several
    times as fast.
    """
    changed = module.visit(_Replace(new, around))
    assert isinstance(changed, cst.Module)
    return changed


class _Replace(cst.CSTTransformer):
    def __init__(self, new: dict[int, Any], around: set[int] | None) -> None:
        super().__init__()
        self._new, self._around = new, around

    def on_visit(self, node: cst.CSTNode) -> bool:
        return id(node) not in self._new if self._around is None else id(node) in self._around

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        return self._new.get(id(original_node), updated_node)


class Source:
    """`nodes` are those that may be changed, in source order: no annotations, imports, decorators or raise messages."""

    def __init__(self, code: str) -> None:
        """libcst.ParserSyntaxError if it does not parse."""
        self.module = cst.parse_module(code)
        self.nodes: list[cst.CSTNode] = []
        self.position: dict[int, int] = {}
        self._parents: dict[int, cst.CSTNode] = {}
        self._last: dict[int, int] = {}  # the position of the last node inside
        self._walk(self.module)
        self._bindings = cache(self._find_bindings)
        self._class_attributes = cache(self._find_attributes)
        self.functions = {node.name.value: node for node in self.nodes if isinstance(node, cst.FunctionDef)}
        self.globals = self._find_globals()

    def _walk(self, node: cst.CSTNode) -> None:
        self.position[id(node)] = len(self.nodes)
        self.nodes.append(node)
        for child in node.children:
            self._parents[id(child)] = node
            if isinstance(node, cst.Raise) and isinstance(child, cst.Call):
                self.position[id(child)] = len(self.nodes)
                self.nodes.append(child)
            elif not isinstance(child, cst.Annotation | cst.Import | cst.ImportFrom | cst.Decorator):
                self._walk(child)
        self._last[id(node)] = len(self.nodes) - 1

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around this one; None for the module."""
        return self._parents.get(id(node))

    def ancestors(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        """Innermost first."""
        found = []
        while (above := self.parent(node)) is not None:
            found.append(above)
            node = above
        return found

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The innermost function or method around the node."""
        return next((a for a in self.ancestors(node) if isinstance(a, cst.FunctionDef)), None)

    def scope_name(self, node: cst.CSTNode) -> str:
        """The outermost function, or the method of a class, that the node is in; "" outside of all."""
        names = [a.name.value for a in self.ancestors(node) if isinstance(a, cst.FunctionDef | cst.ClassDef)]
        is_method = len(names) > 1 and isinstance(self.ancestors(node)[-2], cst.ClassDef)
        return ".".join(reversed(names[-2:] if is_method else names[-1:]))

    @cached_property
    def _positions(self) -> Mapping[cst.CSTNode, Any]:
        return MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)

    def line_of(self, node: cst.CSTNode) -> int:
        """The line, from 1, on which the node begins."""
        return int(self._positions[node].start.line)

    def block_of(self, statement: cst.CSTNode) -> list[cst.BaseStatement]:
        """The statements of the block that this one is in; [] if it is in none."""
        above = self.parent(statement)
        return list(above.body) if isinstance(above, cst.IndentedBlock) else []

    def variables(self, node: cst.CSTNode) -> dict[str, str]:
        """Variables of the node's function that surely have a value at it -> their guessed types, in source order."""
        here = self.position[id(node)]
        found: dict[str, str] = {}
        for binding in self._bindings_around(node):
            if binding.first <= here <= binding.last:
                found.setdefault(binding.name, binding.kind)
        return found

    def origin(self, name: str, node: cst.CSTNode) -> cst.CSTNode | None:
        """The parameter, loop or assignment that first gives the variable a value in the node's function."""
        return next((binding.origin for binding in self._bindings_around(node) if binding.name == name), None)

    def n_reads(self, name: str, node: cst.CSTNode) -> int:
        """How often the node's function mentions the variable other than to give it a value."""
        function = self.function(node)
        names = [n for n in self._below(function) if isinstance(n, cst.Name) and n.value == name] if function else []
        return sum(not self.is_target(n) for n in names)

    def is_target(self, node: cst.CSTNode) -> bool:
        """Whether it is given a value here, alone or in a tuple."""
        above = self.parent(node)
        while isinstance(above, cst.Element | cst.Tuple | cst.List | cst.StarredElement):
            node, above = above, self.parent(above)
        held = isinstance(above, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.CompFor)
        return held and above is not None and getattr(above, "target", None) is node

    def statement_of(self, node: cst.CSTNode) -> cst.CSTNode:
        """The simple statement around an expression, or the whole expression in the header of a compound one."""
        for above in self.ancestors(node):
            if isinstance(above, cst.BaseSmallStatement):
                return above
            if isinstance(above, cst.BaseCompoundStatement):
                break
            node = above
        return node

    def attributes(self, node: cst.CSTNode) -> dict[str, str]:
        """`self.<name>` of the class around the node -> the types guessed from where they are first assigned."""
        around = next((a for a in self.ancestors(node) if isinstance(a, cst.ClassDef)), None)
        return self._class_attributes(around) if around else {}

    def types(self, node: cst.CSTNode) -> dict[str, str]:
        """The guessed types of all variables of the node's function, whether or not they have a value at it."""
        found = self.variables(node)
        for binding in self._bindings_around(node):
            found.setdefault(binding.name, binding.kind)
        return found

    def type_of(self, expression: cst.CSTNode, known: dict[str, str] | None = None) -> str:
        """ "int", "str", "list[int]" ...; "" if it cannot be told."""
        known = self.types(expression) if known is None else known
        if isinstance(expression, cst.Name):
            return {"True": "bool", "False": "bool"}.get(expression.value, known.get(expression.value, ""))
        if isinstance(expression, cst.Call):
            return self._type_of_call(expression, known)
        if isinstance(expression, cst.UnaryOperation):
            return "bool" if isinstance(expression.operator, cst.Not) else self.type_of(expression.expression, known)
        if isinstance(expression, cst.BinaryOperation):
            sides = [self.type_of(expression.left, known), self.type_of(expression.right, known)]
            if isinstance(expression.operator, cst.Divide):
                sides.append("float")
            order = ("str", "list", "tuple", "set", "float", "int")
            return next((kind for prefix in order for kind in sides if kind.startswith(prefix)), "")
        if isinstance(expression, cst.Tuple | cst.List) and expression.elements:
            inside = [self.type_of(element.value, known) for element in expression.elements]
            if isinstance(expression, cst.Tuple):
                return f"tuple[{', '.join(inside)}]"
            return f"list[{inside[0]}]" if inside[0] else "list"
        if isinstance(expression, cst.Subscript):
            index = expression.slice[0].slice
            return part_of(self.type_of(expression.value, known), index)
        if isinstance(expression, cst.IfExp):
            return self.type_of(expression.body, known)
        return next((kind for node_type, kind in _LITERALS.items() if isinstance(expression, node_type)), "")

    def _type_of_call(self, call: cst.Call, known: dict[str, str]) -> str:
        name = code_of(call.func).rpartition(".")[2]
        if name in _INT_CALLS or name in _STR_CALLS:
            return "int" if name in _INT_CALLS else "str"
        if name in ("split", "partition", "rpartition"):
            return "list[str]" if name == "split" else "tuple[str, str, str]"
        if name in ("min", "max") and call.args:
            first = call.args[0].value
            return self.type_of(first, known) if len(call.args) > 1 else self._element_of(first, known)
        if name in ("sorted", "list", "set") and call.args:
            kind = "set" if name == "set" else "list"
            inside = self._element_of(call.args[0].value, known)
            return f"{kind}[{inside}]" if inside else kind
        function = self.functions.get(name)
        return code_of(function.returns.annotation) if function and function.returns else ""

    def _bindings_around(self, node: cst.CSTNode) -> list[_Binding]:
        function = self.function(node)
        return self._bindings(function) if function else []

    def _find_bindings(self, function: cst.FunctionDef) -> list[_Binding]:
        found: list[_Binding] = []
        body = (self.position[id(function.body)], self._last[id(function.body)])
        for parameter in [*function.params.posonly_params, *function.params.params, *function.params.kwonly_params]:
            kind = code_of(parameter.annotation.annotation) if parameter.annotation else ""
            if parameter.name.value != "self":
                found.append(_Binding(parameter.name.value, kind, *body, parameter))
        known = {binding.name: binding.kind for binding in found}
        for node in self._below(function):
            if self.function(node) is not function:
                continue
            for target, kind in self._assigned(node, known):
                if isinstance(target, cst.Name) and target.value != "_":
                    known.setdefault(target.value, kind)
                    found += [_Binding(target.value, kind, *span, node) for span in self._spans(node)]
        return found

    def _spans(self, node: cst.CSTNode) -> list[tuple[int, int]]:
        """Where the targets of this node surely have their values: not after a loop, nor in another branch."""
        if isinstance(node, cst.For):
            within: list[cst.CSTNode] = [node.body]
        elif isinstance(node, cst.CompFor):
            comprehension = next(a for a in self.ancestors(node) if isinstance(a, cst.BaseComp))
            elements = [c for c in comprehension.children if id(c) in self.position and not isinstance(c, cst.CompFor)]
            within = [*elements, *node.ifs, *([node.inner_for_in] if node.inner_for_in else [])]
        else:
            suite = next(a for a in self.ancestors(node) if isinstance(a, cst.BaseSuite | cst.Module))
            return [(self._last[id(node)] + 1, self._last[id(suite)])]
        return [(self.position[id(part)], self._last[id(part)]) for part in within]

    def _find_attributes(self, around: cst.ClassDef) -> dict[str, str]:
        found: dict[str, str] = {}
        for inner in self._below(around):
            if isinstance(inner, cst.Assign | cst.AnnAssign):
                for target, kind in self._assigned(inner, self.types(inner)):
                    if isinstance(target, cst.Attribute) and code_of(target.value) == "self" and kind:
                        found.setdefault(target.attr.value, kind)
        return found

    def _find_globals(self) -> frozenset[str]:
        """What may be called by its name everywhere: builtins, imports."""
        imported = []
        for statement in self.module.body:
            for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else []:
                if isinstance(small, cst.Import | cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
                    imported += [alias.evaluated_alias or alias.evaluated_name for alias in small.names]
        return frozenset([*dir(builtins), *imported])

    def _below(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        return self.nodes[self.position[id(node)] + 1 : self._last[id(node)] + 1]

    def _assigned(self, node: cst.CSTNode, known: dict[str, str]) -> list[tuple[cst.CSTNode, str]]:
        """The targets that this node gives a value to, each with a guess at its type."""
        if isinstance(node, cst.AnnAssign) and node.value:
            return [(node.target, code_of(node.annotation.annotation))]
        if isinstance(node, cst.Assign) and len(node.targets) == 1:
            return pairs(node.targets[0].target, self.type_of(node.value, known))
        if isinstance(node, cst.For | cst.CompFor):
            return pairs(node.target, self._element_of(node.iter, known))
        return []

    def _element_of(self, iterable: cst.BaseExpression, known: dict[str, str]) -> str:
        if isinstance(iterable, cst.Call) and isinstance(iterable.func, cst.Name) and iterable.args:
            name, first = iterable.func.value, iterable.args[0].value
            if name == "range":
                return "int"
            if name == "enumerate":
                return f"tuple[int, {self._element_of(first, known)}]"
            if name in ("sorted", "reversed", "list", "set"):
                return self._element_of(first, known)
        return element_of(self.type_of(iterable, known))


_LITERALS: dict[type, str] = {
    cst.Integer: "int",
    cst.Float: "float",
    cst.SimpleString: "str",
    cst.FormattedString: "str",
    cst.ConcatenatedString: "str",
    cst.Comparison: "bool",
    cst.List: "list",
    cst.ListComp: "list",
    cst.Tuple: "tuple",
    cst.Set: "set",
    cst.SetComp: "set",
    cst.Dict: "dict",
    cst.DictComp: "dict",
}
