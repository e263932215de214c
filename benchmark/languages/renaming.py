"""Old names in prose -> neutral names: in a task, a comment or a docstring, whatever the language."""

from __future__ import annotations

import re
from collections.abc import Mapping


def rename_text(text: str, entry_point: str, names: Mapping[str, str]) -> str:
    """Parameters inside backticks, and the entry point anywhere: a bare `a` may be an article."""

    def rename(match: re.Match[str]) -> str:
        return re.sub(r"\b[A-Za-z_]\w*\b", lambda word: names.get(word.group(), word.group()), match.group())

    text = re.sub(r"`[^`]*`", rename, text)
    return re.sub(rf"\b{re.escape(entry_point)}\b", names[entry_point], text) if "_" in entry_point else text
