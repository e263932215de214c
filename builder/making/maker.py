"""Turns numbered candidates into proven bugs, in one process. The same seed, level and number give the same result.

Numbers cycle through the programs in an order shuffled by seed and level, some candidates of each at a time. So bugs
spread evenly over programs, and a few bugs do not need all programs. The code that reads the results in order decides
whether a bug repeats an earlier one: see `distinct`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from debugarena.benchmark.dataset.schema import row_from_bug
from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.making.candidates import make_bug
from debugarena.builder.making.levels import LEVELS
from debugarena.builder.making.pool import Refused
from debugarena.builder.making.prepare import Prepared, prepare
from debugarena.builder.making.witnesses import find_witnesses
from debugarena.builder.program import Program
from debugarena.builder.validate import check_bugs, identities

SANDBOX_WORKERS = 2  # for each Maker: one solution runs while the next step is worked out
VISIT = 16  # candidates of a program before the next one has its turn
Status = Literal["accepted", "refused", "exhausted", "program-refused", "not-graded"]


@dataclass(frozen=True)
class Result:
    """The result of a number. exhausted, program-refused: there is no such candidate, in this round or any later one.

    not-graded: the sandbox could not run it, and `refusal` is the reason; another attempt may succeed.
    keys: what no two accepted bugs may share. facts: about the program, only in the result of its first candidate.
    """

    index: int
    program: str
    status: Status
    refusal: str = ""
    operators: tuple[str, ...] = ()
    row: dict[str, Any] | None = None
    keys: tuple[str, ...] = ()
    facts: dict[str, Any] | None = None


@dataclass
class Maker:
    """Makes results one by one and remembers the programs it has prepared. Not thread-safe."""

    programs: Sequence[Program]
    sandbox: Sandbox
    _prepared: dict[str, Prepared | Refused] = field(default_factory=dict)
    _facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def attempt(self, seed: int, level: int, index: int, names: Sequence[str]) -> Result:
        """The result of a number, over the programs of these names (see program_order). UsageError: no such level."""
        check_level(level)
        name, number = place_of(index, names)
        try:
            return self._attempt(seed, level, index, name, number)
        except SandboxError as error:
            return Result(index, name, "not-graded", str(error))

    def _attempt(self, seed: int, level: int, index: int, name: str, number: int) -> Result:
        if name not in self._prepared:
            self._facts[name] = self._prepare(name)
        facts = self._facts[name] if number == 0 else None
        prepared = self._prepared[name]
        if isinstance(prepared, Refused):
            return Result(index, name, "program-refused", prepared.code, facts=facts)
        drawn = make_bug(prepared, seed, level, index, number)
        if drawn is None:
            return Result(index, name, "exhausted", facts=facts)
        if drawn.bug is None:
            return Result(index, name, "refused", drawn.refusal, drawn.operators, facts=facts)
        checked = next(check_bugs([drawn.bug], self.sandbox))
        if checked.measured is None:
            return Result(index, name, "refused", checked.reasons[0].code, drawn.operators, facts=facts)
        shared = [_key(code, *key) for code, key, _ in identities(checked)]
        keys = (_key("repeated-behaviour-on-pool", name, drawn.behaviour), *shared)
        witnesses = find_witnesses(drawn.bug, prepared, drawn.edits, self.sandbox)
        row = row_from_bug(replace(drawn.bug, witnesses=witnesses), checked.measured)
        return Result(index, name, "accepted", "", drawn.operators, row, keys, facts)

    def _prepare(self, name: str) -> dict[str, Any]:
        program = next(p for p in self.programs if p.name == name)
        try:
            prepared = prepare(program, self.sandbox)
        except Refused as refusal:
            self._prepared[name] = refusal
            return {"refused": refusal.code, "message": str(refusal)}
        self._prepared[name] = prepared
        usable = [m.behaviour.key for m in prepared.mutants if m.usable]
        return {
            "mutants": len(prepared.mutants),
            "endless": sum(m.behaviour.hangs for m in prepared.mutants),
            "noticed": len(usable),
            "distinct": len(set(usable)),
            "tests": len(prepared.core),
            "mutation_score": round(prepared.mutation_score, 6),
            "survivors": list(prepared.survivors),
            "failed_operators": list(prepared.failed_operators),
        }


def check_level(level: int) -> None:
    """UsageError for a level that does not exist."""
    if level not in LEVELS:
        raise UsageError(f"there is no level {level}; the levels are {', '.join(map(str, LEVELS))}")


def place_of(index: int, names: Sequence[str]) -> tuple[str, int]:
    """The program of a number, and which of the program's candidates it is."""
    visit, within = divmod(index, VISIT)
    visits, position = divmod(visit, len(names))
    return names[position], visits * VISIT + within


def open_numbers(names: Sequence[str], start: int, gone: set[str]) -> Iterator[int]:
    """Numbers from `start` on whose program is not in `gone`, which the caller fills meanwhile. Ends when all are."""
    index = start
    while len(gone) < len(names):
        if place_of(index, names)[0] not in gone:
            yield index
        index += 1


def program_order(programs: Sequence[Program], seed: int, level: int) -> list[str]:
    """The names in the order in which numbers cycle through them."""
    names = sorted(program.name for program in programs)
    Random(f"{seed}:{level}").shuffle(names)
    return names


def distinct(results: Iterator[Result], seen: set[str]) -> Iterator[Result]:
    """The results, in which the later of two bugs that share a key is refused. `seen` is kept up to date."""
    for result in results:
        if result.status == "accepted":
            shared = next((key for key in result.keys if key in seen), None)
            if shared is None:
                seen.update(result.keys)
            else:
                code = shared.partition(" ")[0]
                result = Result(result.index, result.program, "refused", code, result.operators, facts=result.facts)
        yield result


def _key(code: str, *parts: str) -> str:
    return f"{code} {hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"
