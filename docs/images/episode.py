"""Draws the README's picture of an episode, light and dark, from two real attempts that the sandbox grades now.

python docs/images/episode.py            # writes episode-light.svg and episode-dark.svg next to this file
"""

from __future__ import annotations

import sys
import textwrap
from html import escape
from pathlib import Path

from debugarena.benchmark import Bug, grade, load_bugs
from debugarena.benchmark.dataset.schema import find_bug
from debugarena.benchmark.grading.grade import Grade
from debugarena.benchmark.wording import counted

BUG = "python/boxes-needed-partial"
ATTEMPTS = (
    "def boxes_needed(items, per_box):\n    return items // per_box + 1",
    "def boxes_needed(items, per_box):\n    return -(-items // per_box)",
)
# GitHub's own colours, so that the picture looks like part of the page
LIGHT = {"page": "#ffffff", "card": "#f6f8fa", "line": "#d1d9e0", "text": "#1f2328", "quiet": "#59636e"}
DARK = {"page": "#0d1117", "card": "#151b23", "line": "#3d444d", "text": "#f0f6fc", "quiet": "#9198a1"}
LIGHT |= {"good": "#1a7f37", "bad": "#cf222e", "head": "#0969da"}
DARK |= {"good": "#3fb950", "bad": "#f85149", "head": "#4493f8"}
CARD_WIDTH, GAP, LINE_HEIGHT, MARGIN = 340, 24, 20, 16
Line = tuple[str, str, bool]  # text, colour's name, monospaced


def cards() -> list[list[Line]]:
    """Three columns of text: the bug and two attempts, the second of which solves it."""
    bug = find_bug(load_bugs(), BUG)
    asked: list[Line] = [("The model sees", "head", False)]
    asked += [(line, "text", False) for line in textwrap.wrap(bug.task, 46)]
    asked += [("", "text", True), *_code(bug.buggy_code), ("", "text", True)]
    asked += [line for line in _tests(bug, grade(bug, bug.buggy_code)) if line[0].startswith("✗")]
    return [asked, *(_attempt(bug, number, code) for number, code in enumerate(ATTEMPTS, 1))]


def _code(code: str) -> list[Line]:
    return [(line, "text", True) for line in code.splitlines()]


def _tests(bug: Bug, one: Grade) -> list[Line]:
    """The visible tests, and a count of the hidden ones that fail."""
    failed = {failure.name: failure for failure in one.verdict.failures}
    visible = [test for test in bug.tests if not test.hidden]
    lines: list[Line] = []
    for test in visible:
        call = f"{bug.entry_point}({', '.join(map(repr, test.calls[0].args))})"
        if test.name in failed:
            failure = failed[test.name]
            lines.append((f"✗ {call} {failure.got}, not {failure.expected.removeprefix('return ')}", "bad", True))
        else:
            lines.append((f"✓ {call}", "good", True))
    n_hidden, n_failed = len(bug.tests) - len(visible), one.verdict.n_hidden_failed
    passed = "all pass" if not n_failed else f"{n_failed} fail"
    return [*lines, (f"{counted(n_hidden, 'hidden test')}: {passed}", "bad" if n_failed else "good", False)]


def _attempt(bug: Bug, number: int, code: str) -> list[Line]:
    one = grade(bug, code)
    signals = one.rewards
    parts = [f"tests {signals.tests_passing:.2f}", f"solved {signals.full_solve_bonus:g}"]
    parts += [f"format {signals.format_compliance:g}", f"hacking {signals.anti_hacking:g}"]
    reward = f"reward {signals.total:.2f}" + (", solved" if one.solved else ", try again with this feedback")
    return [
        (f"Attempt {number}", "head", False),
        *_code(code),
        ("", "text", True),
        *_tests(bug, one),
        (" + ".join(parts), "quiet", False),
        (reward, "good" if one.solved else "bad", False),
    ]


def svg(columns: list[list[Line]], colours: dict[str, str]) -> str:
    """The columns as cards side by side; the text is text, so that it can be read aloud and searched."""
    height = max(map(len, columns)) * LINE_HEIGHT + 2 * MARGIN
    width = len(columns) * CARD_WIDTH + (len(columns) - 1) * GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        "<title>An episode: a bug, a failed attempt with its feedback, and an attempt that solves it</title>",
        f'<rect width="{width}" height="{height}" fill="{colours["page"]}"/>',
    ]
    for i, lines in enumerate(columns):
        x = i * (CARD_WIDTH + GAP)
        parts.append(
            f'<rect x="{x + 0.5}" y="0.5" width="{CARD_WIDTH - 1}" height="{height - 1}" rx="6" '
            f'fill="{colours["card"]}" stroke="{colours["line"]}"/>'
        )
        if i:
            y = height // 2
            parts.append(
                f'<path d="M{x - GAP + 5} {y} h{GAP - 12} m-5 -5 l5 5 l-5 5" fill="none" '
                f'stroke="{colours["quiet"]}" stroke-width="2"/>'
            )
        for n, (text, colour, mono) in enumerate(lines):
            family = "ui-monospace,Menlo,Consolas,monospace" if mono else "system-ui,Segoe UI,Helvetica,sans-serif"
            weight = ' font-weight="600"' if colour == "head" else ""
            parts.append(
                f'<text x="{x + MARGIN}" y="{MARGIN + n * LINE_HEIGHT + 14}" font-family="{family}" font-size="12.5"'
                f'{weight} fill="{colours[colour]}" xml:space="preserve">{escape(text)}</text>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main(folder: Path) -> None:
    """Writes both pictures into `folder`."""
    columns = cards()
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        (folder / f"episode-{name}.svg").write_text(svg(columns, colours), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
