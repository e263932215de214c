"""Finds what a server of OpenAI's protocol complains about, and makes the change of the request that it asks for.

Servers disagree on parameters: one wants max_completion_tokens, another knows no seed, a chat template takes no system
message. Not covered: failures that no change of the request fixes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from debugarena.benchmark.models.answers import Why

RENAMED = "max_tokens"
MERGED = "system"
DROPPED = ("seed", "top_p", "temperature", "stop")
CHANGES = (RENAMED, MERGED, *DROPPED)
REFUSED_STATUSES = (400, 413, 422)
_SPOKEN = ("message", "msg", "detail", "error", "errors", "param", "loc", "code", "type")
_NOT_TAKEN = r"unsupported|not support|not permitted|not allowed|unknown|unrecogni[sz]ed|unexpected|extra_forbidden"
_NO_SYSTEM = (
    r"\bsystem['\"`]? (role|message|prompt|instruction)|developer instruction|\brole\b.{0,40}['\"`]?system\b"
    r"|roles must alternate|only user\b.{0,20}\broles"
)

_TOO_LONG = (
    r"context_length_exceeded|context[ _-](length|window|size)|(prompt|input|request)\b.{0,30}\btoo (long|large)"
    r"|too many (input |prompt )?tokens|exceeds? (the )?(maximum|model'?s)\b.{0,30}\btokens"
)
_FILTERED = r"content[_ ](filter|policy|management)|responsibleaipolicy|\bsafety\b.{0,30}\b(filter|system|policy)"


def complaint(body: object) -> str:
    """The words of an error's body, without what it repeats of the request."""
    return " ".join(_words(body))


def _words(body: object, key: str = "") -> Iterator[str]:
    if isinstance(body, str):
        # a bare name counts like a quoted one
        yield f"'{body}'" if key in ("param", "loc") else body
    elif isinstance(body, Mapping):
        for name in _SPOKEN:
            yield from _words(body.get(name), name)
    elif isinstance(body, Sequence):
        for item in body:
            yield from _words(item, key)


def unanswerable(text: str) -> Why | None:
    """Why this prompt gets no answer although another may; None if the complaint is about something else."""
    if re.search(_TOO_LONG, text, re.IGNORECASE):
        return "too-long"
    return "refused" if re.search(_FILTERED, text, re.IGNORECASE) else None


def change_wanted(text: str, sent: Collection[str]) -> str | None:
    """The one of CHANGES that a complaint asks for, None if it asks for none. `sent`: the names in the request."""
    if RENAMED in sent and ("max_completion_tokens" in text or _is_not_taken(RENAMED, text)):
        return RENAMED
    named = {name: at for name in DROPPED if name in sent and (at := _position(name, text)) is not None}
    if {"temperature", "top_p"} <= set(named) and re.search(r"\bboth\b|\bonly (use )?one\b", text):
        return "top_p"
    if named:
        return min(named, key=lambda name: named[name])
    return MERGED if MERGED in sent and re.search(_NO_SYSTEM, text, re.IGNORECASE) else None


def _is_not_taken(name: str, text: str) -> bool:
    return _position(name, text) is not None and re.search(_NOT_TAKEN, text, re.IGNORECASE) is not None


def _position(name: str, text: str) -> int | None:
    # "stop" is also a plain word: it means the parameter only if it is quoted, or called a parameter
    pattern = (
        r"['\"`]stop['\"`]|\bstop (?:parameter|sequence)|parameters?:? stop\b" if name == "stop" else rf"\b{name}\b"
    )
    found = re.search(pattern, text)
    return found.start() if found else None


def changed(body: Mapping[str, Any], changes: Collection[str]) -> dict[str, Any]:
    """The request with these changes made."""
    result = {name: value for name, value in body.items() if name not in DROPPED or name not in changes}
    if RENAMED in changes and RENAMED in result:
        result["max_completion_tokens"] = result.pop(RENAMED)
    if MERGED in changes and "messages" in result:
        result["messages"] = _merged(result["messages"])
    return result


def _merged(messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The messages without system messages, whose text goes to the start of the first user message."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    rest = [dict(message) for message in messages if message["role"] != "system"]
    first = next(message for message in rest if message["role"] == "user")
    first["content"] = "\n\n".join([*system, first["content"]])
    return rest


def names_sent(body: Mapping[str, Any]) -> set[str]:
    """The names in a request, including `system` if a message has that role."""
    roles = {message["role"] for message in body.get("messages", ())}
    return {*body} | ({MERGED} & roles)


def in_words(changes: Collection[str]) -> str:
    """The changes as a report states them; "" if there are none."""
    words = {RENAMED: "max_tokens sent as max_completion_tokens", MERGED: "system message sent as part of the user's"}
    return "; ".join(words.get(name, f"{name} not sent") for name in CHANGES if name in changes)
