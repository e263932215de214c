"""Writes the leaderboard as static pages, from submissions only. They need no server and load nothing from elsewhere.

  debugarena leaderboard site --out site
  debugarena leaderboard site --submissions leaderboard/submissions --out site --transfer quixbugs=runs/quixbugs.jsonl

Submissions whose entries no longer hold are verified first. The same submissions give the same bytes. Open
site/index.html, or push the folder to a static Hugging Face Space: its README.md declares it as one. Exits with 1 if a
submission is refused. The others are still shown.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from debugarena.benchmark.dataset.schema import CANARY
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.scoring.report import Completion
from debugarena.benchmark.scoring.tables import format_estimate, group_cells, headline_rows
from debugarena.benchmark.scoring.typed_report import Report
from debugarena.benchmark.wording import counted
from debugarena.leaderboard.bug_sets import CHOICES, BugSet
from debugarena.leaderboard.entry import Entry
from debugarena.leaderboard.errata import Erratum
from debugarena.leaderboard.meta import Meta, is_model
from debugarena.leaderboard.new import SUBMISSIONS_FOLDER
from debugarena.leaderboard.pages import (
    LEGEND,
    REFERENCES,
    BoardLine,
    BoardPage,
    Mark,
    board_page,
    completions_blob,
    first_letters,
    mark,
    standing,
)
from debugarena.leaderboard.ranking import TRIES, Board, make_boards
from debugarena.leaderboard.rounds import PREFIX, Round
from debugarena.leaderboard.submission import Submission, name_of, read_submission_folder
from debugarena.leaderboard.verify import add_verify_arguments, find_submissions, verify_all

_HERE = Path(__file__).parent
D3, PLOT = "d3-7.9.2.min.js", "plot-0.6.17.min.js"
MARKER = ".debugarena-site"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena leaderboard site`."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; replaced each time")
    parser.add_argument(
        "--submissions", type=Path, default=SUBMISSIONS_FOLDER, metavar="DIR", help="default: %(default)s"
    )
    add_verify_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena leaderboard site`."""
    out = args.out.resolve()
    if out.exists() and not (out.is_dir() and ((out / MARKER).exists() or not any(out.iterdir()))):
        raise UsageError(f"{args.out} is neither empty nor a site of this command; choose another --out")
    if out == Path.cwd():
        raise UsageError(f"{args.out} is the folder you are in; name another --out, such as site")
    folders = find_submissions([args.submissions])
    verified = verify_all(folders, args)
    verified.complain()
    if not verified.entries:
        raise UsageError(f"{args.submissions}: no submission is valid, so there is nothing to show")
    submissions = [read_submission_folder(f) for f in folders if name_of(f) in verified.entries]
    context = verified.context
    site = make_site(submissions, verified.entries, context.sets, context.rounds, context.errata)
    _replace(site, out)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    entries = counted(len(verified.entries), "entry", "entries")
    print(f"{entries}, {counted(len(site), 'file')}, {size / 1e6:.1f} MB: open {args.out / 'index.html'}")
    return 0 if verified.is_complete else 1


def make_site(
    submissions: Sequence[Submission],
    entries: Mapping[str, Entry],
    sets: Mapping[str, BugSet],
    rounds: Mapping[str, Round],
    errata: Sequence[Erratum],
) -> dict[str, str]:
    """Path -> text of every page and of every entry's completions."""
    ordered = [entries[submission.name] for submission in submissions]
    boards, later = make_boards(ordered), make_boards(ordered, TRIES[-1])
    pages = [board_page(b, l5, sets[b.key], _about(sets[b.key])) for b, l5 in zip(boards, later, strict=True)]
    listed = _newest_first(pages)
    render = _renderer(listed)
    site = {
        "about.html": render("about", columns=pages[0].columns),
        "errata.html": render("errata", errata=errata),
        "rounds.html": render("rounds", rounds=[*rounds.values()]),
        "README.md": _space_readme(),
        MARKER: "",
    }
    by_name = {submission.name: submission for submission in submissions}
    said = {name: tuple(line.completion for line in submission.lines) for name, submission in by_name.items()}
    for page, board in zip(pages, boards, strict=True):
        site |= _board_pages(render, page, board, by_name, said)
        site |= _bug_pages(render, page, sets[page.key], errata)
    site["index.html"] = site[listed[0].file]
    return site


def _newest_first(pages: Sequence[BoardPage]) -> list[BoardPage]:
    """The newest version of each set, in the order of CHOICES, and then the rest."""
    current = {page.set_name: page for page in reversed(pages)}
    known = [*CHOICES]
    first = sorted(current.values(), key=lambda p: known.index(p.set_name) if p.set_name in known else len(known))
    return [*first, *(page for page in pages if page not in first)]


def _renderer(listed: Sequence[BoardPage]) -> Callable[..., str]:
    """(name of a template, its values) -> text. listed: the boards that every page links to."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "boards": listed,
        "canary": CANARY,
        "counted": counted,
        "references": REFERENCES,
        "is_model": is_model,
        "legend": LEGEND,
        "d3": D3,
        "plot": PLOT,
    }

    def render(template: str, **values: Any) -> str:
        return environment.get_template(f"{template}.html").render(**values)

    return render


def _board_pages(
    render: Callable[..., str],
    page: BoardPage,
    board: Board,
    submissions: Mapping[str, Submission],
    said: Mapping[str, Sequence[Completion]],
) -> dict[str, str]:
    """The board, its heat map, and a page and the completions of each entry. said: each entry's completions."""
    prompts = sorted({line.entry.meta.protocol.prompt for line in page.lines})
    site = {page.file: render("board", board=page, prompts=prompts), page.heat_file: render("heat", board=page)}
    for line in page.lines:
        copies = [o.name for o in page.lines if o is not line and said[o.name] == said[line.name]]
        site[f"entry-{line.name}.html"] = render("entry", board=page, copies=copies, **_entry_values(line, board))
        blob = completions_blob(submissions[line.name], line.entry)
        site[f"data/{line.name}.js"] = f'window.completions = "{blob}";\n'
    return site


def _bug_pages(
    render: Callable[..., str], page: BoardPage, bug_set: BugSet, errata: Sequence[Erratum]
) -> dict[str, str]:
    """A page of each bug, with the entries grouped by how they fared on it."""
    bugs = {bug.bug_id: bug for bug in bug_set.bugs}
    site = {}
    for bug_id, marks in page.heat:
        own = [erratum for erratum in errata if erratum.bug_id == bug_id and page.version in erratum.versions]
        groups: dict[Mark, list[BoardLine]] = {}
        for line, found in zip(page.lines, marks, strict=True):
            groups.setdefault(found, []).append(line)
        site[page.bug_file(bug_id)] = render("bug", board=page, bug=bugs[bug_id], groups=groups, errata=own)
    return site


def _about(bug_set: BugSet) -> str:
    if bug_set.name.startswith(PREFIX):
        return "bugs that nobody had before the round opened"
    return CHOICES[bug_set.name].about if bug_set.name in CHOICES else bug_set.name


def _entry_values(line: BoardLine, board: Board) -> dict[str, Any]:
    entry = line.entry
    report, letters = entry.report, first_letters(entry)
    breakdowns = [
        (name, [(value, *group_cells(group)) for value, group in groups.items()])
        for name, groups in report.breakdowns.by_name().items()
        if groups
    ]
    reference = ("the reference fix, except for layout", *format_estimate("solve_rate", entry.reference_rate))
    outside = [(f"solved of {name}", *_transfer(other)) for name, other in entry.transfer.items()]
    return {
        "entry": entry,
        "line": line,
        "standing": standing(board, line.name),
        "numbers": [*headline_rows(report), reference, *outside],
        "stated": _stated(entry.meta),
        "breakdowns": breakdowns,
        "bugs": [(bug.bug_id, mark(bug, letters[bug.bug_id]), f"{bug.reward:.2f}") for bug in report.bugs],
    }


def _transfer(report: Report | None) -> tuple[str, str]:
    if report is None:
        return "not scored: the bugs were missing", ""
    return format_estimate("solve_rate", report.solve_rate)


def _stated(meta: Meta) -> list[tuple[str, str]]:
    model, protocol, sampling, cost = meta.model, meta.protocol, meta.sampling, meta.cost
    greedy = "greedy" if sampling.temperature == 0 else f"temperature {sampling.temperature:g}"
    pairs = {
        "model": model.name,
        "revision": model.revision,
        "weights, SHA-256": model.weights_sha256,
        "parameters": f"{model.parameters:,}" if model.parameters is not None else None,
        "weights": "open" if model.open else "closed",
        "address": model.url,
        "trained on DebugArena train": "yes" if meta.trained_on_debugarena_train else "no",
        "protocol": f"{protocol.prompt}, attempts: {protocol.attempts}, samples: {protocol.samples}",
        "sampling": f"{greedy}, top-p {sampling.top_p:g}, seed {sampling.seed}",
        "max new tokens": sampling.max_new_tokens,
        "prompt tokens": cost.prompt_tokens,
        "completion tokens": cost.completion_tokens,
        "seconds": cost.seconds,
        "hardware": cost.hardware,
        "US dollars": cost.usd,
        "date": meta.date,
        "contact": meta.contact,
        "debugarena": meta.debugarena,
    }
    return [(label, str(value)) for label, value in pairs.items() if value is not None]


def _space_readme() -> str:
    return (_HERE / "space_readme.md").read_text(encoding="utf-8")


def _replace(site: Mapping[str, str], out: Path) -> None:
    """Writes next to `out` first, then swaps, so that a kill leaves the old site or the new one within reach.

    UsageError if the system refuses, as on a full disk; the old site then stays.
    """
    try:
        _write_beside(site, out)
    except OSError as error:
        # copytree reports it for each file
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error.strerror or error
        raise UsageError(f"{out}: cannot be written: {reason}; make room, or name another --out") from None


def _write_beside(site: Mapping[str, str], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
        new, old = Path(beside) / "new", Path(beside) / "old"
        shutil.copytree(_HERE / "assets", new / "assets")
        (new / "data").mkdir()
        for name, text in site.items():
            (new / name).write_text(text, encoding="utf-8")
        if out.exists():
            out.rename(old)
        new.rename(out)
