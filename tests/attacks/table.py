"""Runs every attack against each line of defence and writes docs/attacks.md: which line stopped which attack.

python tests/attacks/table.py
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "support")]
from catalogue import ATTACKS
from conftest import FLIP
from rich.progress import track
from trial import LINES, Trial, faults, run_trials

from debugarena.benchmark import Sandbox
from debugarena.benchmark.dataset.yaml_file import parse_bug

PAGE = Path(__file__).parents[2] / "docs" / "attacks.md"
STOPPED = ("static check", "restricted builtins", "jail and comparison")
WORDS = {
    "timeout": "runs into its deadline",
    "crashed": "its process dies",
    "malformed": "its reply is malformed",
    "not-run": "not run",
}
HEAD = """# Attacks, and what stops them

`python tests/attacks/table.py` writes this page. The attacks are in `tests/attacks/catalogue.py`. Each attack is
graded three times:

- with all [lines of defence](threat-model.md#the-machine)
- without the static check
- without the static check and the restricted builtins, so that only the jail and the comparison remain

No attack counts as solved in any of the three. None passes a hidden test, reveals a hidden input or leaves the sandbox.

*Stopped by* names the first line of defence that stops the attack. It is the static check if that finds something
forbidden. It is the restricted builtins if the attack ends differently without them. Otherwise, it is the jail and the
comparison of values.

The last two columns say how the attack ended without the static check, and with the jail and the comparison alone. A
name such as `PermissionError` is the exception that it raised. `Refused` means that the kernel refused its system call,
and *no plain data* that its result could not be sent as data. *Not run* is code that does not parse or lacks the
function.

"""


def outcome(trial: Trial) -> str:
    """What the attack came to, in a few words."""
    parts = []
    for test in trial.tests:
        if test.status in ("ran", "load-error"):
            call = test.calls[-1] if test.calls else None
            status = call.status if call else "returned"
            name = call.type_name.removeprefix("solution.") if call else ""
            at = " at import" if test.status == "load-error" else ""
            text = {"returned": "a wrong value", "unencodable": "no plain data"}.get(status, f"{name}{at}")
        else:
            text = WORDS[test.status]
        parts.append(text)
    return ", ".join(dict.fromkeys(part for part in parts if part != WORDS["not-run"])) or "not run"


def row(name: str, trials: dict[str, Trial]) -> tuple[str, str]:
    """The line that stopped it, and its row."""
    offences = trials["all lines"].grade.facts.offences
    restricted, alone = outcome(trials["no static check"]), outcome(trials["jail alone"])
    stopped = STOPPED[0] if offences else STOPPED[1] if restricted != alone else STOPPED[2]
    cells = (name, stopped, offences[0] if offences else "", restricted, alone)
    plain = (" ".join(cell.split()).replace("|", "\\|").replace("`", "'") for cell in cells)
    return stopped, f"| {' | '.join(plain)} |"


def main() -> int:
    """Writes the page; 1 if an attack did what it must not."""
    bug = parse_bug(FLIP, "flip.yaml")
    counts: dict[str, Counter[str]] = {}
    sections, n_bad = [], 0
    with Sandbox(4) as sandbox:
        for kind, attacks in ATTACKS.items():
            runs: dict[str, dict[str, Trial]] = {attack.name: {} for attack in attacks}
            for lines in LINES:
                for trial in track(run_trials(sandbox, bug, attacks, lines), f"{kind}, {lines}", len(attacks)):
                    runs[trial.attack.name][lines] = trial
                    if found := faults(trial, bug):
                        n_bad += 1
                        print(f"{kind}, {lines}, {trial.attack.name}: {'; '.join(found)}", file=sys.stderr)
            rows = [row(name, trials) for name, trials in runs.items()]
            counts[kind] = Counter(stopped for stopped, _ in rows)
            sections += [
                f"\n## {kind.capitalize()}\n",
                "| attack | stopped by | the static check says | without it | jail alone |",
                "|---|---|---|---|---|",
                *(text for _, text in rows),
            ]
        layers = ", ".join(sandbox.layers)
    summary = ["| class | attacks | " + " | ".join(STOPPED) + " |", "|---|" + "---:|" * 4]
    for kind, count in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
        summary.append(f"| {kind} | {count.total()} | " + " | ".join(str(count[line]) for line in STOPPED) + " |")
    PAGE.write_text(HEAD + "\n".join([*summary, f"\nLayers of the jail in this run: {layers}.", *sections]) + "\n")
    return 1 if n_bad else 0


if __name__ == "__main__":
    sys.exit(main())
