"""Completion -> the code that counts, for scoring, training and play alike. docs/extraction.md has the rules.

CommonMark defines what a fence is, and the tests check this file against its parser, markdown-it-py. That parser
cannot do the work: it ends a fence inside a docstring, or at code that is indented less than its list item, and it
knows neither thoughts nor fences that are glued to other text or were never opened. So this file finds fences itself,
and if a reply can be read in two ways, Python's own parser decides.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from debugarena.benchmark.languages import FENCE_TAGS, READERS
from debugarena.benchmark.languages.base import Look

MAX_REPLY_CHARS = 256 * 1024  # of a longer reply, only the last are read, or the first after an opened fence
MAX_FENCES = 200  # likewise, and as many thought tags
MAX_PARSED_CHARS = 64 * 1024  # in all; code beyond that counts as not parsing
MAX_QUESTIONS = 1000  # including those about the same code
MAX_THOUGHTS = 4  # after this many, every tag counts, also in code

_ZERO_WIDTH = "\ufeff\u200b\u2060"
_SPACE = rf"[ \t>{_ZERO_WIDTH}]"  # a blockquote's mark counts as space: no code begins with it
# possessive, because a long line of spaces and list markers would take quadratic time otherwise
_FENCE = re.compile(
    rf"^(?P<lead>(?:{_SPACE}|(?:[-*+]|\d{{1,9}}[.)])(?=[ \t]))*+)(?P<line>`{{3,}}|~{{3,}})|(?P<glued>`{{3,}})",
    re.MULTILINE,
)
_LEAD = re.compile(rf"(?:{_SPACE}*+\n)*+({_SPACE}*+)")
_TAG = re.compile(
    r"""(?P<quoted>(?P<quote>["']|(?<!`)`)</?(?:think|thinking|thought|reasoning)>(?P=quote))"""
    r"|(?P<first>^[ \t]*+)?<(?P<close>/?)(?:think|thinking|thought|reasoning)>(?P<last>(?=[ \t]*+(?:$|```)))?",
    re.MULTILINE | re.IGNORECASE,
)


def extract_code(completion: str, language: str, entry_point: str, opened_fence: bool) -> str:
    """The code of a reply that counts, or the reply without its thoughts if it has no block.

    opened_fence: see Prompt.opened_fence. The bounds above keep the CPU time under 0.25 s, whatever the reply.
    """
    reply = completion[:MAX_REPLY_CHARS] if opened_fence else completion[-MAX_REPLY_CHARS:]
    looks = _Looks(language, entry_point, opened_fence)
    text = _without_thoughts(re.sub(r"\r\n?", "\n", reply), looks)  # Python reads them all as line ends
    blocks = _blocks(text, looks)
    if not blocks:
        return text
    best = max(reversed(blocks), key=lambda block: _rank(block, looks))  # the last of equals
    begun = blocks[0].code
    if opened_fence and (looks.defines(begun) or (begun.strip() and not looks.defines(best.code))):
        return begun
    return best.code


@dataclass
class _Looks:
    """The looks at the code of one reply. Each is taken only once, and their total is bounded."""

    language: str
    entry_point: str
    opened_fence: bool
    taken: dict[str, Look] = field(default_factory=dict)
    chars_left: int = MAX_PARSED_CHARS
    questions_left: int = MAX_QUESTIONS

    def at(self, text: str, start: int = 0, end: int | None = None) -> Look:
        """The look at text[start:end], code as it is in the reply or as `_clean` returns it."""
        size = (len(text) if end is None else end) - start
        reader = READERS.get(self.language)
        if reader is None or size > 2 * reader.max_code_chars or not self.questions_left:
            return Look()
        self.questions_left -= 1
        code = text[start:end]
        if code not in self.taken and size <= self.chars_left:
            self.chars_left -= size
            self.taken[code] = reader.look_at(_clean(code, self.language), self.entry_point)
        return self.taken.get(code, Look())

    def defines(self, code: str) -> bool:
        """Whether code binds the name or, if it does not parse, has a line that begins to define it."""
        look, reader = self.at(code), READERS.get(self.language)
        begins = reader is not None and not look.parses and reader.begins_definition(code, self.entry_point)
        return look.binds or begins


@dataclass(frozen=True)
class _Block:
    """Code, the tag of its fence in lower case ("" if none), and its place text[start:end] in the reply."""

    code: str
    tag: str
    start: int
    end: int


def _rank(block: _Block, looks: _Looks) -> tuple[bool, bool, bool]:
    defines = looks.defines(block.code)
    in_language = block.tag in FENCE_TAGS[looks.language] or (defines and not block.tag)
    return looks.at(block.code).binds, defines, in_language


def _blocks(text: str, looks: _Looks) -> list[_Block]:
    """The blocks of a reply, in order; doubtful ones count only if they bind the name.

    After an opened fence, the first block is what comes before the next fence, even if that is nothing.
    """
    fences = _bounded(_FENCE, text, looks)
    stops = [*(fence.start() for fence in fences), len(text)]
    blocks = []
    closer = _end(text, 0, fences, 0, "", looks)
    bare = text[: stops[closer]]  # code after the prompt's fence, code without a fence, or just words
    binds = looks.at(bare).binds
    if binds or looks.opened_fence:
        blocks.append(_Block(_clean(bare, looks.language), "", 0, len(bare)))
    at = closer if binds else 0
    while at < len(fences):
        fence = fences[at]
        info, begin = _info(text, fence)
        if one_line := stops[at + 1] < begin:
            info, body, end = text[fence.end() : stops[at + 1]], "", at + 1
        else:
            end = _end(text, begin, fences, at + 1, fence["line"] or fence["glued"], looks)
            body = text[begin : stops[end]]
        code, tag = _code_and_tag(info, body, looks)
        around_others = any(other["line"] for other in fences[at + 1 : end])
        stray = binds and at == closer and not info.strip()
        if (one_line or around_others or fence["glued"] or stray) and not looks.at(code).binds:
            at += 1
            continue
        if code.strip():
            blocks.append(_Block(_clean(code, looks.language), tag, stops[at], stops[end]))
        at = end if end < len(fences) and _reopens(text, fences[end]) else end + 1
    return blocks


def _end(text: str, start: int, fences: Sequence[re.Match[str]], at: int, opener: str, looks: _Looks) -> int:
    """Which of fences[at:] ends the code that begins at text[start]; len(fences) if none does.

    The first on a line of its own with code that parses before it; else the last that has such code before it and is
    glued to it; else the first that CommonMark allows. A fence can be part of code only inside a string.
    """
    stops = [*(fence.start() for fence in fences), len(text)]
    lines = [n for n in range(at, len(fences)) if fences[n]["line"]]
    closer = next((n for n in range(at, len(fences)) if _closes(fences[n], opener)), len(fences))
    if closer == at and at in lines and not re.search("\"{3}|'{3}", text[start : stops[at]]):
        return at
    for n in (*lines, len(fences)):
        look = looks.at(text, start, stops[n])
        if look.parses:
            return n
        if not look.in_string:
            break
    return next((k for k in reversed(range(at, n)) if looks.at(text, start, stops[k]).parses), closer)


def _without_thoughts(text: str, looks: _Looks) -> str:
    """A reply without <think>...</think> and the like. A tag in quotes, or in code that parses, does not count."""
    kept, begin, thought, n_thoughts = "", 0, -1, 0
    blocks: list[_Block] | None = None  # of text[begin:], found when they are needed
    for tag in _bounded(_TAG, text, looks):
        if tag["quoted"]:
            continue
        if thought < 0 and n_thoughts < MAX_THOUGHTS and text[begin : tag.start()].strip():
            blocks = _blocks(text[begin:], looks) if blocks is None else blocks
            if looks.opened_fence and looks.at(blocks[0].code).binds:
                break
            if any(block.start <= tag.start() - begin < block.end and _is_code(block, looks) for block in blocks):
                continue
        if not tag["close"]:
            thought = tag.start("close") - 1 if thought < 0 else thought  # the indent may be that of code
            continue
        if thought >= 0:
            kept += text[begin:thought]
        elif (tag["first"] is not None or tag["last"] is not None) and text[tag.end() :].strip():
            kept = ""  # the prompt opened it
        else:
            continue
        begin, thought, n_thoughts, blocks = tag.end(), -1, n_thoughts + 1, None
    return kept + text[begin : thought if thought >= 0 else None]


def _is_code(block: _Block, looks: _Looks) -> bool:
    """Whether a tag in a block is part of code: the block parses, or is in another language."""
    return block.tag not in ("", *FENCE_TAGS[looks.language]) or looks.at(block.code).parses


def _bounded(pattern: re.Pattern[str], text: str, looks: _Looks) -> list[re.Match[str]]:
    found = pattern.finditer(text)
    return list(islice(found, MAX_FENCES)) if looks.opened_fence else list(deque(found, MAX_FENCES))


def _code_and_tag(info: str, body: str, looks: _Looks) -> tuple[str, str]:
    """The code and tag of a block. The code may begin on the fence's line, after the tag or instead of it."""
    tag = _tag(info)
    if looks.entry_point in info and not looks.at(body).binds:
        tagged = tag in FENCE_TAGS[looks.language]
        whole = f"{info.split(maxsplit=1)[-1] if tagged else info}\n{body}"
        if looks.at(whole).binds:
            return whole, tag if tagged else ""
    return body, tag


def _clean(code: str, language: str) -> str:
    """Code without its list item's indent, its blockquote's marks and a first line that names its language."""
    found = _LEAD.match(code)
    assert found
    head = re.sub(f"[{_ZERO_WIDTH}]", "", found[0])
    code, lead = head + code[found.end() :], head.rpartition("\n")[2]
    if lead:
        mark = lead.rstrip(" \t")  # all that an empty line of a quote has
        lines = code.split("\n")
        code = "\n".join(line.removeprefix(lead if line.startswith(lead) else mark) for line in lines)
    first, _, rest = code.lstrip("\n").partition("\n")
    return rest if first.strip().isalnum() and _tag(first) in FENCE_TAGS[language] else code


def _info(text: str, fence: re.Match[str]) -> tuple[str, int]:
    """The rest of a fence's line, and where the next line begins."""
    end = text.find("\n", fence.end())
    return (text[fence.end() :], len(text)) if end < 0 else (text[fence.end() : end], end + 1)


def _tag(info: str) -> str:
    """The language that an info string names, in lower case and without a version: `{.python}`, `Python3.11:add.py`."""
    return re.split(r"[\s:,;={}]", info.strip(" \t{.").lower(), maxsplit=1)[0].rstrip("0123456789.")


def _closes(fence: re.Match[str], opener: str) -> bool:
    """Whether a fence closes one that the reply opened, as in CommonMark; any fence closes the prompt's ("")."""
    return not opener or ((fence["line"] or "").startswith(opener) and not fence["lead"].strip(" \t>"))


def _reopens(text: str, fence: re.Match[str]) -> bool:
    """Whether the fence that ended a block opens the next one: what follows it is a tag, not words."""
    info, _ = _info(text, fence)
    known = any(_tag(info) in tags for tags in FENCE_TAGS.values())
    return bool(fence["line"]) and (known or len(info.split()) == 1)
