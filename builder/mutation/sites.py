"""Sites: the places where an operator can change a program, and the changed programs.

Sites are in the order of the operators' table, then of the source, so a number always means the same site.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

from debugarena.benchmark.dataset.schema import Edit
from debugarena.builder.mutation.operators import OPERATORS, Operator
from debugarena.builder.mutation.parentheses import fitted
from debugarena.builder.mutation.source import Source, code_of, replace_nodes
from debugarena.builder.mutation.spacing import spaced
from debugarena.builder.mutation.twins import n_twins


@dataclass(frozen=True, eq=False)
class Site:
    """One edit: `node` becomes `new`. `scope` is the function or method that contains it."""

    operator: Operator
    node: cst.CSTNode
    new: cst.CSTNode | cst.RemovalSentinel
    scope: str


@dataclass(frozen=True)
class Mutant:
    """A program with one site changed."""

    site: Site
    code: str

    @property
    def summary(self) -> str:
        """The edit in words, on one line: the code before and after it."""
        site = self.site
        before = " ".join(code_of(site.node).split())
        after = "" if isinstance(site.new, cst.RemovalSentinel) else " ".join(code_of(site.new).split())
        return f"{site.operator.name}: {before} -> {after or '(nothing)'}"


def edit_of(source: Source, site: Site) -> Edit:
    """The site as a row states it."""
    after = "" if isinstance(site.new, cst.RemovalSentinel) else code_of(site.new).strip()
    place = f"{site.scope}:{source.line_of(site.node)}"
    return Edit(site.operator.name, place, code_of(site.node).strip(), after)


def find_sites(source: Source, on_failure: Callable[[str], None] = lambda name: None) -> list[Site]:
    """Every edit of every operator. An operator that raises is reported by its name and left out."""
    sites = []
    for operator in OPERATORS:
        try:
            found = [
                Site(operator, node, spaced(fitted(node, new, source)), source.scope_name(node))
                for node in source.nodes
                for new in operator.apply(node, source)
                if new is not None
            ]
        except Exception:
            on_failure(operator.name)
        else:
            sites += found
    return sites


def apply_sites(source: Source, sites: Sequence[Site]) -> str | None:
    """The code with all these edits; None if they overlap or the result is not Python."""
    if overlap(source, sites):
        return None
    code = _changed(source, sites)
    return code if tree_of(code) else None


def _changed(source: Source, sites: Sequence[Site]) -> str:
    around = {id(above) for site in sites for above in source.ancestors(site.node)}
    return replace_nodes(source.module, {id(site.node): site.new for site in sites}, around).code


def overlap(source: Source, sites: Sequence[Site]) -> bool:
    """Whether one edit is inside another, or two remove statements of one block, which might leave it empty."""
    nodes = [site.node for site in sites]
    if len({id(node) for node in nodes}) < len(nodes):
        return True
    above = {id(a) for node in nodes for a in source.ancestors(node)}
    removed = [source.parent(site.node) for site in sites if isinstance(site.new, cst.RemovalSentinel)]
    return any(id(node) in above for node in nodes) or len({id(block) for block in removed}) < len(removed)


def tree_of(code: str) -> str:
    """The syntax tree as text, the same for codes that differ only in layout; "" if it does not compile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<mutant>", "exec", dont_inherit=True)
        return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError):
        return ""


def first_order(source: Source, on_failure: Callable[[str], None] = lambda name: None) -> list[Mutant]:
    """Every program with one edit, each syntax tree once (credited to the first operator that makes it).

    An edit that makes two parts of an expression alike is left out: see twins.py.
    """
    twins = n_twins(ast.parse(source.module.code))
    seen = {tree_of(source.module.code), ""}
    mutants = []
    for site in find_sites(source, on_failure):
        try:
            code = _changed(source, [site])
        except Exception:  # it made something that libcst cannot write as text
            on_failure(site.operator.name)
            continue
        tree = tree_of(code)
        if tree not in seen and n_twins(ast.parse(code)) <= twins:
            seen.add(tree)
            mutants.append(Mutant(site, code))
    return mutants
