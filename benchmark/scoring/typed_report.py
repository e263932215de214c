"""The types of a report. Every number is an Estimate; only this file names the keys of report.json."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from debugarena.benchmark.grading.prompts import PromptFormat
from debugarena.benchmark.models.answers import AnswerCounts
from debugarena.benchmark.scoring.stats import Interval
from debugarena.benchmark.typed_json import each, maybe, of, texts

# in the order of the file; solved@1, ... and pass@1, ... follow
ESTIMATES = (
    "solve_rate",
    "reward",
    "tests_passing",
    "full_solve_bonus",
    "format_compliance",
    "anti_hacking",
    "echo_rate",
    "forbidden_rate",
    "overfit_rate",
    "noop_reward",
    "reward_above_noop",
    "edit_size",
)


@dataclass(frozen=True)
class Protocol:
    """What has to be equal for two scores to be comparable. attempts in 1..5, samples >= 1."""

    prompt: PromptFormat = "chat-v1"
    attempts: int = 1
    samples: int = 1
    anonymise: bool = False
    static_check: bool = True


@dataclass(frozen=True)
class Estimate:
    """A mean over bugs with its 95% interval, which is None if all bugs are of one program."""

    value: float
    ci95: Interval | None

    def to_json(self, name: str) -> dict[str, Any]:
        """The two keys of a number with this name."""
        return {name: self.value, f"{name}_ci95": interval_to_json(self.ci95)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any], name: str) -> Estimate:
        return cls(of(float, found[name]), interval_from_json(found[f"{name}_ci95"]))


@dataclass(frozen=True)
class Group:
    """The bugs of one difficulty, category, language or level."""

    n: int
    solve_rate: Estimate
    reward: Estimate
    noop_reward: Estimate

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            **self.solve_rate.to_json("solve_rate"),
            **self.reward.to_json("reward"),
            **self.noop_reward.to_json("noop_reward"),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Group:
        names = ("solve_rate", "reward", "noop_reward")
        return cls(of(int, found["n"]), *(Estimate.from_json(found, name) for name in names))


Groups = Mapping[str, Group]  # a value of a column, as text -> the bugs that have it


@dataclass(frozen=True)
class Breakdowns:
    """The groups by each of four columns; bugs without a level are in none."""

    difficulty: Groups
    category: Groups
    language: Groups
    level: Groups

    def by_name(self) -> dict[str, Groups]:
        """Column -> groups, in the order of the file."""
        return {name: getattr(self, name) for name in BREAKDOWNS}


BREAKDOWNS = ("difficulty", "category", "language", "level")


@dataclass(frozen=True)
class BugScore:
    """The result of one bug. `solved`: the share of samples whose first attempt solves it; `solved_at`: for each sample
    the attempt that does, from 1; rewards are means over samples."""

    bug_id: str
    program: str
    difficulty: str
    level: int | None
    category: str
    samples: int
    solved: float
    solved_at: tuple[int | None, ...]
    reward: float
    noop_reward: float

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "solved_at": [*self.solved_at]}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> BugScore:
        return cls(
            bug_id=of(str, found["bug_id"]),
            program=of(str, found["program"]),
            difficulty=of(str, found["difficulty"]),
            level=maybe(int, found["level"]),
            category=of(str, found["category"]),
            samples=of(int, found["samples"]),
            solved=of(float, found["solved"]),
            solved_at=each(lambda at: maybe(int, at), found["solved_at"]),
            reward=of(float, found["reward"]),
            noop_reward=of(float, found["noop_reward"]),
        )


@dataclass(frozen=True)
class DatasetFacts:
    """Which bugs were scored. version: None for bugs that are not ours."""

    version: str | None
    hash: str


@dataclass(frozen=True)
class SandboxFacts:
    """The layers that held while code ran. weak: whether one was missing that a trustworthy score needs."""

    layers: tuple[str, ...]
    weak: bool


@dataclass(frozen=True)
class ModelFacts:
    """What is known about the model: usually a name, and whatever else its door reports."""

    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        name = self.facts.get("name")
        return None if name is None else str(name)

    @property
    def weights_sha256(self) -> str | None:
        """SHA-256 of the weight files, in hex, if there are any."""
        found = self.facts.get("weights_sha256")
        return None if found is None else str(found)


@dataclass(frozen=True, kw_only=True)
class Report:
    """One run, without clocks and paths. Bugs are weighted equally.

    Rates and solves are those of first attempts, rewards those of last ones. solved_within[n - 1]: within n attempts;
    pass_at: k -> pass@k. edit_size is None if nothing was solved. not_graded: bug id -> why; no number counts these
    bugs. n_samples: of the bug with the fewest.
    """

    solve_rate: Estimate
    reward: Estimate
    tests_passing: Estimate
    full_solve_bonus: Estimate
    format_compliance: Estimate
    anti_hacking: Estimate
    echo_rate: Estimate
    forbidden_rate: Estimate
    overfit_rate: Estimate
    noop_reward: Estimate
    reward_above_noop: Estimate
    edit_size: Estimate | None
    solved_within: tuple[Estimate, ...]
    pass_at: Mapping[int, Estimate]
    n: int
    n_programs: int
    n_samples: int
    n_completions: int
    not_graded: Mapping[str, str] = field(default_factory=dict)
    breakdowns: Breakdowns
    protocol: Protocol
    prompt_hash: str
    dataset: DatasetFacts
    sandbox: SandboxFacts
    grading: int
    debugarena: str
    bugs: tuple[BugScore, ...]
    answers: AnswerCounts | None = None
    model: ModelFacts = field(default_factory=ModelFacts)
    sampling: Mapping[str, object] | None = None

    def estimates(self) -> dict[str, Estimate | None]:
        """Every number by its name in report.json, in the order of the file."""
        named: dict[str, Estimate | None] = {name: getattr(self, name) for name in ESTIMATES}
        within = {f"solved@{n}": estimate for n, estimate in enumerate(self.solved_within, 1)}
        return named | within | {f"pass@{k}": estimate for k, estimate in self.pass_at.items()}

    def to_json(self) -> dict[str, Any]:
        """The content of report.json as plain data; what is not known has no key."""
        result: dict[str, Any] = {}
        for name, estimate in self.estimates().items():
            result |= estimate.to_json(name) if estimate else {name: None, f"{name}_ci95": None}
        result |= {name: getattr(self, name) for name in ("n", "n_programs", "n_samples", "n_completions")}
        if self.not_graded:
            result["not_graded"] = dict(self.not_graded)
        result |= {
            "breakdowns": {
                name: {value: group.to_json() for value, group in groups.items()}
                for name, groups in self.breakdowns.by_name().items()
            },
            "protocol": asdict(self.protocol) | {"prompt_hash": self.prompt_hash},
            "dataset": asdict(self.dataset),
            "sandbox": {"layers": [*self.sandbox.layers], "weak": self.sandbox.weak},
            "grading": self.grading,
            "debugarena": self.debugarena,
            "bugs": [bug.to_json() for bug in self.bugs],
        }
        if self.answers:
            result["answers"] = asdict(self.answers)
        if self.model.facts:
            result["model"] = dict(self.model.facts)
        if self.sampling is not None:
            result["sampling"] = dict(self.sampling)
        return result

    @classmethod
    def from_json(cls, found: Any) -> Report:
        """KeyError, TypeError or ValueError if it is not a report. What grading 1 did not record is as it was then."""
        named = {name: Estimate.from_json(found, name) for name in ESTIMATES if name != "edit_size"}
        within = [name for name in found if re.fullmatch(r"solved@\d+", name)]
        ks = [int(match[1]) for name in found if (match := re.fullmatch(r"pass@(\d+)", name))]
        protocol, dataset, sandbox = _protocol(found["protocol"]), found["dataset"], found["sandbox"]
        if len(within) < protocol.attempts:
            raise ValueError(f"{protocol.attempts} attempts, but solved@n ends at {len(within)}")
        return cls(
            **named,
            edit_size=None if found["edit_size"] is None else Estimate.from_json(found, "edit_size"),
            solved_within=tuple(Estimate.from_json(found, name) for name in within),
            pass_at={k: Estimate.from_json(found, f"pass@{k}") for k in ks},
            n=of(int, found["n"]),
            n_programs=of(int, found["n_programs"]),
            n_samples=of(int, found["n_samples"]),
            n_completions=of(int, found["n_completions"]),
            not_graded=texts(found.get("not_graded", {})),
            breakdowns=Breakdowns(*(_groups(found["breakdowns"][name]) for name in BREAKDOWNS)),
            protocol=protocol,
            prompt_hash=of(str, found["protocol"]["prompt_hash"]),
            dataset=DatasetFacts(maybe(str, dataset["version"]), of(str, dataset["hash"])),
            sandbox=SandboxFacts(each(lambda layer: of(str, layer), sandbox["layers"]), of(bool, sandbox["weak"])),
            grading=of(int, found.get("grading", 1)),
            debugarena=of(str, found["debugarena"]),
            bugs=each(BugScore.from_json, found["bugs"]),
            answers=_answers(found["answers"]) if "answers" in found else None,
            model=ModelFacts(of(dict, found.get("model", {}))),
            sampling=maybe(dict, found.get("sampling")),
        )

    def __getitem__(self, key: str) -> Any:
        """The plain data under a key of report.json, as when `score` gave a dict; the next version drops this."""
        message = f"report[{key!r}]: a report has fields now, such as report.solve_rate.value; its dict is to_json()"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return self.to_json()[key]


def interval_to_json(interval: Interval | None) -> list[float] | None:
    """A list, which JSON has instead of a tuple."""
    return None if interval is None else [*interval]


def interval_from_json(found: object) -> Interval | None:
    """TypeError or ValueError unless it is null or two numbers."""
    if found is None:
        return None
    low, high = each(lambda end: of(float, end), found)
    return low, high


def _groups(found: object) -> Groups:
    return {value: Group.from_json(group) for value, group in of(dict, found).items()}


def _protocol(found: Mapping[str, Any]) -> Protocol:
    return Protocol(
        prompt=cast(PromptFormat, of(str, found["prompt"])),  # which may be one of another version
        attempts=of(int, found["attempts"]),
        samples=of(int, found["samples"]),
        anonymise=of(bool, found["anonymise"]),
        static_check=of(bool, found["static_check"]),
    )


def _answers(found: Mapping[str, Any]) -> AnswerCounts:
    return AnswerCounts(*(of(int, found[name]) for name in ("given", "missing", "refused", "too_long", "cut")))
