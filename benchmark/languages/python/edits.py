"""How large an edit is, in tokens; layout and comments do not count."""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

MAX_PAIRS = 1_000_000  # of tokens; two codes of 16 KiB of the same token would take difflib nine seconds
_LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@lru_cache(maxsize=1024)  # each report asks for those of the same fixes
def edit_size(before: str, after: str) -> int:
    """Tokens removed plus tokens added between two Python sources, >= 0, by difflib's matching.

    For sources with more than MAX_PAIRS pairs of tokens, the order of tokens is ignored.
    """
    left, right = _tokens(before), _tokens(after)
    if len(left) * len(right) > MAX_PAIRS:
        return sum(((Counter(left) - Counter(right)) + (Counter(right) - Counter(left))).values())
    matched = sum(block.size for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks())
    return len(left) + len(right) - 2 * matched


def _tokens(code: str) -> list[str]:
    try:
        return [t.string for t in tokenize.generate_tokens(io.StringIO(code).readline) if t.type not in _LAYOUT]
    except (tokenize.TokenError, SyntaxError):  # ast can read a few things that tokenize cannot
        return code.split()
