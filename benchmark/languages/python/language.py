"""Python as a Language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from debugarena.benchmark.languages.base import CodeFacts, HeadImport, Look
from debugarena.benchmark.languages.python import code_facts, edits, rendering


class _Python:
    name = "python"
    max_code_chars = code_facts.MAX_CODE_CHARS

    def read_code(self, code: str, entry_point: str) -> CodeFacts:
        return code_facts.read_code(code, entry_point)

    def look_at(self, code: str, name: str) -> Look:
        return code_facts.look_at(code, name)

    def begins_definition(self, code: str, name: str) -> bool:
        return code_facts.begins_definition(code, name)

    def head_imports(self, code: str) -> Sequence[HeadImport]:
        return code_facts.head_imports(code)

    def edit_size(self, before: str, after: str) -> int:
        return edits.edit_size(before, after)

    def render(self, text: str) -> str:
        return rendering.render(text)

    def render_call(self, function: str, args: Sequence[str], kwargs: Mapping[str, str]) -> str:
        return f"{function}({', '.join([*args, *(f'{name}={value}' for name, value in kwargs.items())])})"

    def render_binding(self, name: str, value: str) -> str:
        return f"{name} = {value}"

    def neutral_names(self, codes: Sequence[str], entry_point: str) -> dict[str, str]:
        from debugarena.benchmark.languages.python import renaming  # libcst takes a while to import

        return renaming.neutral_names(codes, entry_point)

    def renamed(self, code: str, entry_point: str, names: Mapping[str, str]) -> str:
        from debugarena.benchmark.languages.python import renaming

        return renaming.renamed(code, entry_point, names)


PYTHON = _Python()
