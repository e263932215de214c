"""Runs rounds on bugs that nobody has seen before. A hash of the bugs announces them.

  debugarena leaderboard round new autumn --secret ../autumn.secret     # publishes a hash of bugs made from the secret
  debugarena leaderboard round register autumn --model my-model --weights-sha256 9f...   # before it opens
  debugarena leaderboard round open autumn --secret ../autumn.secret    # publishes bugs and secret
  debugarena leaderboard round check autumn                             # makes the bugs again, compares the hash
  debugarena leaderboard round new winter --secret ../winter.secret --programs ../held-back   # of programs nobody has

Commit the announcement, announced/<name>.yaml, when you make the round: the repository's history then says when that
was. Only models registered before the opening are ranked. Without --programs, the bugs are new mutants of the test
programs. None of them is in the published test split, but the programs and their correct code are public. With
--programs, they are mutants of programs that you publish when the round opens, so no bug and no fix was public before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import date as Date
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import Field, ValidationError

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import DATASET_VERSION, Bug
from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.grading.grade import normalised
from debugarena.benchmark.typed_yaml import read_typed_yaml, write_yaml
from debugarena.benchmark.wording import counted
from debugarena.leaderboard.bug_sets import SETS_FOLDER, BugSet, released_version, write_set
from debugarena.leaderboard.meta import Day, Hash, Line, ModelMeta, Name, Stated, Version

ROUNDS_FOLDER = Path(__file__).with_name("announced")
WORK_FOLDER = Path("runs/rounds")
PREFIX = "round-"
PER_PROGRAM = 1  # of each level
GenerateBugs = Callable[..., Sequence[Bug]]
_SECRET = re.compile(r"[0-9a-f]{64}")


class Registered(Stated):
    """A model that takes part; its revision or weights identify it."""

    name: Line
    revision: Line | None = None
    weights_sha256: Hash | None = None


class Round(Stated):
    """What is public of a round: before it opens, `secret` and `opened` are null."""

    name: Name
    version: Version = Field(description="Of the dataset.")
    n_bugs: int = Field(ge=1)
    levels: list[int] = Field(min_length=1)
    hash: Hash = Field(description="Of the bugs, as dataset hashes are.")
    secret_sha256: Hash
    programs_sha256: Hash | None = Field(default=None, description="Of held-back programs; null: those of the package.")
    announced: Day
    opened: Day | None = None
    secret: Hash | None = None
    registered_sha256: Hash | None = Field(default=None, description="Of the list of models, fixed when it opens.")
    registered: list[Registered] = Field(default=[], max_length=500)

    @property
    def set_name(self) -> str:
        """The name of the set of its bugs, once it is open."""
        return PREFIX + self.name

    def registration(self) -> str:
        """SHA-256, in hex, of the list of models."""
        return hashlib.sha256(json.dumps([model.model_dump() for model in self.registered]).encode()).hexdigest()

    def has(self, model: ModelMeta) -> bool:
        """Whether a submission's model is one that was registered."""
        return Registered(name=model.name, revision=model.revision, weights_sha256=model.weights_sha256) in (
            self.registered
        )


def read_round(path: Path) -> Round:
    """UsageError with file and key for what does not fit."""
    found = read_typed_yaml(path, Round, "an announcement begins with `name:`; `round new` makes one")
    if f"{found.name}.yaml" != path.name:
        raise UsageError(f"{path}: the round {found.name} belongs in {found.name}.yaml")
    if found.opened and found.registered_sha256 != found.registration():
        raise UsageError(f"{path}: the registered models are not those of when it opened; restore the list")
    return found


def read_rounds(folder: Path = ROUNDS_FOLDER) -> dict[str, Round]:
    """Name -> round, for every announcement in a folder."""
    return {path.stem: read_round(path) for path in sorted(folder.glob("*.yaml"))}


def make_bugs(
    secret: str,
    levels: Sequence[int],
    n_bugs: int,
    dataset: str,
    work: Path,
    generate_bugs: GenerateBugs,
    programs: Path | None = None,
) -> list[Bug]:
    """The bugs of a secret (64 hex digits): n_bugs, spread as evenly over the levels as possible.

    dataset: the export whose test split they must not repeat. work: keeps what was made, for the next try.
    generate_bugs: debugarena.builder's, or one with the same parameters. programs: a folder of held-back programs;
    None takes those of the test split.
    """
    work = work / hashlib.sha256(secret.encode()).hexdigest()[:16]
    published = {_text(bug) for bug in load_bugs(dataset, "generated", "test")}
    bugs: list[Bug] = []
    for place, level in enumerate(levels):
        count = n_bugs // len(levels) + (place < n_bugs % len(levels))
        extra = 0 if programs else count // 5 + 3  # some may have been published
        source = {"programs": programs} if programs else {"split": "test", "per_program": PER_PROGRAM}
        out = work / f"level-{level}"
        made = generate_bugs(count=count + extra, seed=_seed(secret), level=level, out=out, **source)
        fresh = [bug for bug in made if _text(bug) not in published]
        if len(fresh) < count:
            raise DebugArenaError(
                f"level {level} has {counted(len(fresh), 'new bug')} instead of {count}; ask for fewer"
            )
        bugs += fresh[:count]
    return sorted(bugs, key=lambda bug: bug.bug_id)


def _seed(secret: str) -> int:
    # 63 bits, as many as the column of seeds holds
    return int(hashlib.sha256(f"debugarena round {secret}".encode()).hexdigest(), 16) >> 193


def _text(bug: Bug) -> str:
    return f"{bug.program}\0{normalised(bug, bug.buggy_code)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `debugarena leaderboard round`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, action, line in (
        ("new", _new, "make bugs from a secret and publish their hash"),
        ("register", _register, "put a model on the list of those that take part"),
        ("open", _open, "publish the bugs and the secret"),
        ("check", _check, "make the bugs of an open round again and compare the hash"),
    ):
        subparser = actions.add_parser(name, help=line, description=line)
        subparser.add_argument("name", metavar="NAME", help="the round's name: lower-case letters, digits, hyphens")
        subparser.add_argument("--rounds", type=Path, default=ROUNDS_FOLDER, metavar="DIR", help="announcements")
        subparser.set_defaults(run_action=action)
        if name in ("new", "open"):
            subparser.add_argument(
                "--programs", type=Path, metavar="DIR", help="held-back programs, published at opening"
            )
            subparser.add_argument(
                "--secret", type=Path, required=True, metavar="FILE", help="file of 64 hex digits; keep it safe"
            )
        if name == "new":
            subparser.add_argument("--n-bugs", type=int, default=160, help="default: %(default)s")
            subparser.add_argument("--levels", type=int, nargs="+", default=[1, 2, 3, 4], help="default: 1 2 3 4")
        if name == "register":
            subparser.add_argument("--model", required=True, help="its name, as in the submission to come")
            subparser.add_argument("--revision", help="as in the submission to come")
            subparser.add_argument("--weights-sha256", metavar="HEX", help="as in the submission to come")
        else:
            subparser.add_argument("--dataset", default="dist/debugarena", help="an export (default: %(default)s)")
            subparser.add_argument(
                "--work", type=Path, default=WORK_FOLDER, metavar="DIR", help="folder for what is not public yet"
            )
        if name == "open":
            subparser.add_argument("--sets", type=Path, default=SETS_FOLDER, metavar="DIR", help="folder for the bugs")


def run(args: argparse.Namespace) -> int:
    """`debugarena leaderboard round`."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", args.name):
        raise UsageError(f"{args.name!r} is not a name for a round; use lower-case letters, digits and hyphens")
    try:
        return int(args.run_action(args))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _new(args: argparse.Namespace) -> int:
    path = args.rounds / f"{args.name}.yaml"
    if path.exists():
        raise UsageError(f"{path}: this round was announced already; choose another name")
    version = released_version()
    if not 1 <= args.n_bugs <= 1000 or len(set(args.levels)) < len(args.levels):
        raise UsageError("--n-bugs is 1 to 1000, and --levels names each level once")
    if not args.secret.exists():
        args.secret.touch(mode=0o600)
        args.secret.write_text(secrets.token_hex(32) + "\n")
        print(f"{args.secret}: a new secret; keep it safe and out of the repository")
    secret = _read_secret(args.secret)
    bugs = make_bugs(
        secret, args.levels, args.n_bugs, args.dataset, args.work / args.name, args.generate_bugs, args.programs
    )
    announced = Round(
        name=args.name,
        version=version,
        n_bugs=args.n_bugs,
        levels=args.levels,
        hash=BugSet(args.name, version, tuple(bugs)).hash,
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        programs_sha256=_programs_hash(args.programs) if args.programs else None,
        announced=Date.today(),
    )
    args.rounds.mkdir(parents=True, exist_ok=True)
    write_yaml(path, announced.model_dump())
    print(f"{path}: {counted(len(bugs), 'bug')}, of which only the hash is public; commit it")
    return 0


def _register(args: argparse.Namespace) -> int:
    path = args.rounds / f"{args.name}.yaml"
    found = read_round(path)
    if found.opened:
        raise UsageError(f"{path}: the round was opened on {found.opened}; wait for the next one")
    if not args.revision and not args.weights_sha256:
        raise UsageError("name --revision or --weights-sha256: a model without either could be another one later")
    entry = Registered(name=args.model, revision=args.revision, weights_sha256=args.weights_sha256)
    if entry in found.registered:
        raise UsageError(f"{path}: {args.model} is registered already")
    write_yaml(path, found.model_copy(update={"registered": [*found.registered, entry]}).model_dump())
    print(f"{path}: {args.model} takes part; commit it before the round opens")
    return 0


def _open(args: argparse.Namespace) -> int:
    path = args.rounds / f"{args.name}.yaml"
    found = read_round(path)
    secret = _read_secret(args.secret)
    bug_set = _rebuilt(found, secret, args, path, args.programs)
    args.sets.mkdir(parents=True, exist_ok=True)
    file = write_set(bug_set, args.sets)
    for program in _files(args.programs) if args.programs else ():
        published = _published_programs(path) / f"{program.name}.txt"  # text, so that nothing imports it by accident
        published.parent.mkdir(exist_ok=True)
        shutil.copyfile(program, published)
    if found.opened is None:
        opened = {"opened": Date.today(), "secret": secret, "registered_sha256": found.registration()}
        write_yaml(path, found.model_copy(update=opened).model_dump())
    print(f"{file}: {counted(len(bug_set.bugs), 'bug')}; commit it with {path}")
    return 0


def _check(args: argparse.Namespace) -> int:
    path = args.rounds / f"{args.name}.yaml"
    found = read_round(path)
    if found.secret is None:
        raise UsageError(f"{path}: the round is not open; its secret is not public")
    with TemporaryDirectory() as work:  # nothing that was made before may be reused
        args.work = Path(work) / "work"
        programs = Path(work) / "programs" if found.programs_sha256 else None
        if programs:
            programs.mkdir()
            for file in _published_programs(path).glob("*.py.txt"):
                shutil.copyfile(file, programs / file.name.removesuffix(".txt"))
        bug_set = _rebuilt(found, found.secret, args, path, programs)
    bugs = counted(len(bug_set.bugs), "bug")
    print(f"{path}: its secret makes {bugs} with the hash that was announced on {found.announced}")
    return 0


def _rebuilt(found: Round, secret: str, args: argparse.Namespace, path: Path, programs: Path | None) -> BugSet:
    if hashlib.sha256(secret.encode()).hexdigest() != found.secret_sha256:
        raise UsageError(f"{path}: the secret is not the one that was announced")
    if found.version != DATASET_VERSION:
        raise UsageError(f"{path}: made with dataset version {found.version}; check out the package of that version")
    if found.programs_sha256 != (_programs_hash(programs) if programs else None):
        raise UsageError(f"{path}: the programs are not those that were announced; name them with --programs")
    bugs = make_bugs(
        secret, found.levels, found.n_bugs, args.dataset, args.work / found.name, args.generate_bugs, programs
    )
    bug_set = BugSet(found.set_name, found.version, tuple(bugs))
    if bug_set.hash != found.hash:
        why = "the generator or the published test split is not the one it was announced with"
        raise UsageError(f"{path}: the bugs made now have another hash: {why}; check out the commit that announced it")
    return bug_set


def _files(programs: Path) -> list[Path]:
    return sorted(programs.glob("*.py"))


def _programs_hash(programs: Path) -> str:
    """SHA-256, in hex, of the names and texts of the files."""
    texts = [(file.name, file.read_text(encoding="utf-8")) for file in _files(programs)]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def _published_programs(path: Path) -> Path:
    return path.with_name(f"{path.stem}-programs")


def _read_secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    if not _SECRET.fullmatch(secret):
        raise UsageError(f"{path}: not a secret of 64 hex digits")
    return secret
