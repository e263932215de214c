"""The inputs and results of a sandbox, whichever engine runs inside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

CallStatus = Literal["returned", "raised", "unencodable"]
LayerReport = dict[str, tuple[bool, bool, str]]  # layer -> active, proven by a probe, why not
TestStatus = Literal["ran", "load-error", "timeout", "crashed", "malformed", "not-run"]


@dataclass(frozen=True)
class Limits:
    """What one solution may use.

    A second counts if the solution computes or sleeps in it, not if it waits for a CPU. cpu_s: such seconds per test.
    wall_s: elapsed seconds per test, after which a solution that has not used up cpu_s is starved and run again;
    generous, because starving is not its fault. Only wall_s binds if the system cannot tell the others. job_s: seconds
    that all tests of a job may use together.
    """

    cpu_s: float = 2.0
    wall_s: float = 30.0
    job_s: float = 6.0
    memory_mib: int = 256
    reply_bytes: int = 64 * 1024
    output_bytes: int = 16 * 1024

    def scaled(self, reference_cpu_s: float, factor: float = 20.0, least_s: float = 0.1) -> Limits:
        """Tighter deadlines: `factor` times what a reference solution needs, never below `least_s` or above these."""
        cpu_s = min(self.cpu_s, max(least_s, factor * reference_cpu_s))
        return replace(self, cpu_s=cpu_s, wall_s=self.wall_s * cpu_s / self.cpu_s)


@dataclass(frozen=True)
class Call:
    """One call. `target` is "" for the entry point, else a name or `obj.method`; values are plain data.

    instance: the name of the object that this call makes, if the entry point is a class; "" is `obj`. want_args_after,
    want_args_at_end: whether to report the positional arguments after this call, and after the last one of the test.
    """

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    target: str = ""
    want_args_after: bool = False
    instance: str = ""
    want_args_at_end: bool = False

    def message(self) -> tuple[Any, ...]:
        """What the solution's process is sent of it; runner.run_call reads this."""
        wanted = self.want_args_after, self.want_args_at_end
        return self.target, self.args, self.kwargs, self.instance or "obj", *wanted


@dataclass(frozen=True)
class TestInput:
    """The calls of one test, in one namespace. Their expected results never leave the trusted side."""

    __test__ = False  # not a pytest class

    calls: tuple[Call, ...]
    hidden: bool = False


@dataclass(frozen=True)
class Job:
    """One solution and the inputs it is to be tried on.

    `order` is the order of running, as indices into `tests`; visible tests always run before hidden ones.
    `imports` are the modules the child may import; if there are any, all of PRELOADED are loaded before it gives up
    its files, and nothing else ever is. `restricted` False leaves all builtins to the solution, only for tests of the
    jail.
    """

    code: str
    entry_point: str
    tests: tuple[TestInput, ...]
    order: tuple[int, ...] = ()
    imports: tuple[str, ...] = ()
    limits: Limits = Limits()
    hash_seed: int = 0
    restricted: bool = True
    language: str = "python"


@dataclass(frozen=True)
class CallOutcome:
    """The result of one call, as the child reports it: `value` and the arguments are unchecked tagged JSON text.

    raised: `type_name` is the builtin exception's name ("solution.X" for the solution's own class) and `message`
    its text. `args_after` and `args_at_end` come with every status, "" if not asked for. unencodable: `type_name` names
    what the call returned instead of plain data.
    """

    status: CallStatus
    value: str = ""
    args_after: str = ""
    type_name: str = ""
    message: str = ""
    args_at_end: str = ""


@dataclass(frozen=True)
class TestRun:
    """What happened in one test. `calls` is filled only when status is "ran".

    load-error: the module or its entry point could not be created; `calls[0]` holds the exception.
    `output` is what was printed during a visible test (capped); it is always empty for a hidden one.
    """

    __test__ = False

    status: TestStatus
    calls: tuple[CallOutcome, ...] = ()
    cpu_s: float = 0.0
    output: str = ""


@dataclass(frozen=True)
class Execution:
    """One run of a Job: `tests[i]` belongs to `job.tests[i]`. `layers` are the isolation layers that held."""

    tests: tuple[TestRun, ...]
    layers: tuple[str, ...]
    restarts: int = 0
