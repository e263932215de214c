"""`meta.yaml`: what a submission says about itself. It contains no score.

`debugarena leaderboard verify` checks what can be checked; the rest is shown as stated. The published JSON Schema,
submission.schema.json, is generated from this file.
"""

from __future__ import annotations

import unicodedata
from datetime import date as Date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from debugarena.benchmark.grading.prompts import MAX_ATTEMPTS, PromptFormat, prompt_hash
from debugarena.benchmark.typed_yaml import read_typed_yaml

# shares of any two entries are then multiples of 1/120, as the exact test over programs needs
SAMPLES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60, 120)
MIN_TEMPERATURE = 0.05
MOST = 10**15
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
# letters and marks without a shape: fillers, variation selectors, tags
_BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
_BLANK |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000)}
MAX_MARKS = 2  # in a row, on one letter


def _can_be_seen(text: str) -> str:
    """ValueError for invisible characters, so that one name cannot look like another or cover the text next to it."""
    marks = 0
    for c in text:
        marks = marks + 1 if unicodedata.category(c).startswith("M") else 0
        if not c.isprintable() or ord(c) in _BLANK or marks > MAX_MARKS:
            raise ValueError(f"U+{ord(c):04X} cannot be seen there; leave it out")
    return text


# one line of visible text that does not reverse the text next to it
Line = Annotated[
    str,
    StringConstraints(pattern=rf"^[^\s{_UNSEEN}]([^{_UNSEEN}]*[^\s{_UNSEEN}])?$", min_length=1, max_length=120),
    AfterValidator(_can_be_seen),
]


def _no_number(value: Any) -> Any:
    """ValueError for a number, which would be taken for seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("a date is written YYYY-MM-DD")
    return value


Day = Annotated[Date, Field(strict=False), BeforeValidator(_no_number)]
Url = Annotated[str, StringConstraints(pattern=r"^https://[A-Za-z0-9._~:/?#!$&()*+,;=%-]{1,300}$")]
Count = Annotated[int, Field(ge=0, le=MOST)]
Amount = Annotated[float, Field(ge=0, le=MOST)]


Reference = Literal["oracle", "noop", "attacks", "baseline"]


def is_model(reference: str | None) -> bool:
    """Whether a row with this `reference` is a model's, and so is ranked and plotted."""
    return reference in (None, "baseline")


class Stated(BaseModel):
    """What somebody wrote into one of our files: no unknown key, no value of another type, no infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ModelMeta(Stated):
    """Who answered."""

    name: Line
    revision: Line | None = Field(default=None, description="A commit, a tag, or a dated name of a closed model.")
    weights_sha256: Hash | None = Field(default=None, description="Hash of the weights' file, if there is one.")
    parameters: Count | None = Field(default=None, description="Number of parameters; null if unknown.")
    open: bool = Field(description="Whether anyone can download the weights.")
    url: Url | None = None


class ProtocolMeta(Stated):
    """How often the model could answer, and what it was shown. Checked against the completions."""

    prompt: PromptFormat
    prompt_hash: Hash
    attempts: int = Field(ge=1, le=MAX_ATTEMPTS, description="Attempts per episode, with feedback in between.")
    samples: int = Field(description=f"Independent samples per bug; one of {', '.join(map(str, SAMPLES))}.")

    @model_validator(mode="after")
    def _prompt_is_frozen(self) -> ProtocolMeta:
        if self.prompt_hash != prompt_hash(self.prompt):
            raise ValueError(f"the prompt hash is not that of {self.prompt}; only the frozen formats are ranked")
        if self.samples not in SAMPLES:
            raise ValueError(f"samples is {self.samples}; it is one of {', '.join(map(str, SAMPLES))}")
        return self


class SamplingMeta(Stated):
    """How tokens were chosen; temperature 0 is greedy."""

    temperature: float = Field(ge=0, le=10)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_new_tokens: int = Field(ge=1, le=1_000_000, description="Limit for one completion.")
    seed: int = Field(default=0, ge=-MOST, le=MOST)


class BugsMeta(Stated):
    """Which bugs: a set of leaderboard/sets, its dataset version and hash."""

    set: Name
    version: Version
    hash: Hash


class CostMeta(Stated):
    """The cost, as stated, of all of completions.jsonl.gz together, without transfer; null if unknown."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    seconds: Amount | None = None
    hardware: Line | None = None
    usd: Amount | None = None


class TransferMeta(Stated):
    """Completions for bugs from elsewhere, transfer/<set>.jsonl.gz, scored by anyone who has these bugs."""

    set: Name
    hash: Hash


class Meta(Stated):
    """One submission, in words."""

    model: ModelMeta
    protocol: ProtocolMeta
    sampling: SamplingMeta
    dataset: BugsMeta
    debugarena: Version = Field(description="Version of the package that made the prompts.")
    cost: CostMeta = CostMeta()
    contact: Url | None = Field(
        default=None, description="Where people can reach you; only the board's own rows need none."
    )
    date: Day = Field(description="Date of the run, YYYY-MM-DD.")
    trained_on_debugarena_train: bool
    reference: Reference | None = Field(
        default=None,
        description="Marks one of the board's own rows for comparison. The baseline is a model, ranked like any other.",
    )
    transfer: list[TransferMeta] = Field(default=[], max_length=8)

    @model_validator(mode="after")
    def _fits_together(self) -> Meta:
        if self.contact is None and self.reference is None:
            raise ValueError("contact is missing; give an https address where people can reach you")
        greedy = min(self.sampling.temperature, self.sampling.top_p) < MIN_TEMPERATURE
        if self.protocol.samples > 1 and greedy and is_model(self.reference):
            raise ValueError(
                f"{self.protocol.samples} greedy samples would all be the same; state temperature and top_p"
            )
        if len({part.set for part in self.transfer}) < len(self.transfer):
            raise ValueError("a set appears twice in transfer; keep one")
        return self


def read_meta(path: Path) -> Meta:
    """UsageError with file and key for what does not fit."""
    return read_typed_yaml(
        path, Meta, "a meta.yaml is a mapping of keys to values; debugarena leaderboard new makes one"
    )


def json_schema() -> dict[str, Any]:
    """What submission.schema.json holds."""
    opening = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": "made of leaderboard/meta.py"}
    return opening | Meta.model_json_schema() | {"title": "meta.yaml of a submission to DebugArena"}
