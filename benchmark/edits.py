"""How large an edit is, in tokens; layout and comments do not count."""

from __future__ import annotations

import io
import tokenize
from difflib import SequenceMatcher

_LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def edit_size(before: str, after: str) -> int:
    """Tokens removed plus tokens added between two Python sources, >= 0, by difflib's matching."""
    left, right = _tokens(before), _tokens(after)
    matched = sum(block.size for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks())
    return len(left) + len(right) - 2 * matched


def _tokens(code: str) -> list[str]:
    try:
        return [t.string for t in tokenize.generate_tokens(io.StringIO(code).readline) if t.type not in _LAYOUT]
    except (tokenize.TokenError, SyntaxError):  # ast can read a few things that tokenize cannot
        return code.split()
