"""Describes the sandbox's layers: what each is for, which ones a sandbox needs, and what to do if one is missing.

The code in sandbox/ finds out which layers hold. This file turns its report into rows for people. Not covered: how a
layer works (sandbox/jail.py) and how much it protects (docs/threat-model.md).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from debugarena.benchmark.sandbox import Call, Job, Sandbox, TestInput
from debugarena.benchmark.sandbox.interface import LayerReport
from debugarena.benchmark.values import decode

# fork_engine.MINIMUM, and what it means to lack it
CORE_LAYERS = {
    "seccomp": "no filter of system calls (seccomp)",
    "rlimits": "no limits on memory and processes (rlimits)",
    "non-root": "solutions run as root (non-root)",
}
# in the order in which they are shown; only plain processes have the four from process-group on
LAYERS = {
    "empty-environment": "no variables, hence no tokens",
    "own-session": "no terminal; set, not probed",
    "mount-namespace": "mounts of its own",
    "uts-namespace": "a host name of its own",
    "ipc-namespace": "no memory shared with others",
    "pid-namespace": "no other process in sight",
    "network-namespace": "no network, not even loopback",
    "user-namespace": "gives a plain user the others",
    "private-root": "an empty file system",
    "no-capabilities": "none of root's rights",
    "non-root": "not root, and never again",
    "no-new-privileges": "no program gives rights back",
    "landlock": "no files, by a lock of its own",
    "rlimits": "memory, CPU, processes, files",
    "seccomp": "listed system calls only",
    "second-stage": "fewer still in each solution",
    "process-group": "killed as a whole",
    "private-directory": "a folder of its own, removed",
    "no-new-files": "nothing more can be opened",
    "no-fork": "no process, no thread",
    "audit-hook": "Python refuses files, sockets",
    "restricted-builtins": "no open or eval, few imports",
}
NAMESPACES = tuple(name for name in LAYERS if name.endswith("-namespace"))
GOT_THROUGH = "the probe got through"

_AROUND_A_JAIL = ("empty-environment", "own-session", "audit-hook", "restricted-builtins")
_CONTAINER = "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
# file under /proc/sys, the value that forbids user namespaces, the setting that allows them
_NAMESPACE_SETTINGS = (
    ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
)
_LANDLOCK_MENDS = {
    "[Errno 38]": "Use Linux 5.13 or later built with CONFIG_SECURITY_LANDLOCK, in a container with a runtime that "
    "lets it through.",
    "[Errno 95]": "Add landlock to the lsm= list of the kernel's boot command line.",
    "[Errno 1]": "The container forbids it: use a newer runtime, or --security-opt seccomp=unconfined.",
}
_MENDS = {
    "private-root": "In a container, start it with --security-opt apparmor=unconfined.",
    "no-capabilities": "Start it as a plain user.",
    "non-root": "Start it as a plain user; this root lacks CAP_SETUID and CAP_SETGID.",
    "no-new-privileges": "Use Linux 3.5 or later.",
    "rlimits": "Start it as a plain user: limits on processes do not bind root.",
    "seccomp": "Use a kernel with CONFIG_SECCOMP_FILTER on x86-64 or aarch64, no emulator, and no container that "
    "forbids filters.",
}


@dataclass(frozen=True)
class Layer:
    """`proven` is None if nothing was tried. `why`: why it is missing; `mend`: how to get it; both "" if it holds."""

    name: str
    does: str
    wanted: bool
    active: bool
    proven: bool | None
    why: str = ""
    mend: str = ""

    @property
    def holds(self) -> bool:
        return self.active and self.proven is not False


def weakness(layers: Collection[str]) -> str:
    """What a sandbox with these layers lacks, as one line for people; "" if it lacks nothing."""
    missing = [words for layer, words in CORE_LAYERS.items() if layer not in layers]
    return f"Weak sandbox: {', '.join(missing)}." if missing else ""


def examine_layers(
    sandbox: Sandbox, without: Collection[str] = (), proc_sys: Path = Path("/proc/sys")
) -> tuple[Layer, ...]:
    """Every layer, in the order of LAYERS. SandboxError if the sandbox does not start.

    A jail that was too weak to be used is still shown, together with the layers that plain processes have.
    without: the steps that the sandbox was told to leave out. proc_sys: where the kernel's settings are.
    """
    held = sandbox.layers
    report = sandbox.report or sandbox.refused
    rows = {name: _jail_row(name, report, without, proc_sys) for name in report}
    if report and "user-namespace" not in report:
        rows["user-namespace"] = _no_user_namespace(report, without, proc_sys)
    probed = _probe(sandbox)
    for name in _AROUND_A_JAIL if report else held:
        why = GOT_THROUGH if probed.get(name) is False else ""
        rows[name] = Layer(name, LAYERS.get(name, ""), True, True, probed.get(name), why)
    order = list(LAYERS)
    return tuple(sorted(rows.values(), key=lambda row: order.index(row.name) if row.name in order else len(order)))


def _jail_row(name: str, report: LayerReport, without: Collection[str], proc_sys: Path) -> Layer:
    active, proven, why = report[name]
    wanted = ("namespaces" if name in NAMESPACES else name) not in without
    if active:
        why = "" if proven else GOT_THROUGH
    mend = "" if proven or not wanted else _mend(name, why, proc_sys)
    return Layer(name, LAYERS.get(name, ""), wanted, active, proven if active else None, why, mend)


def _no_user_namespace(report: LayerReport, without: Collection[str], proc_sys: Path) -> Layer:
    """The row that the report leaves out: not needed by a root that may enter the others, else refused as they were."""
    name = "user-namespace"
    active, _, why = report["mount-namespace"]
    wanted = not active and "namespaces" not in without
    if active:
        why = "not needed: started as root"
    return Layer(name, LAYERS[name], wanted, False, None, why, _mend(name, why, proc_sys) if wanted else "")


def _mend(name: str, why: str, proc_sys: Path) -> str:
    """What to install or enable, in one sentence; "" if another layer's sentence covers it."""
    if why.startswith("it needs"):
        return ""
    if name in NAMESPACES:
        settings = [change for file, value, change in _NAMESPACE_SETTINGS if _read(proc_sys / file) == value]
        if settings:
            return f"As root of the machine: sysctl {' '.join(settings)}"
        return f"In a container, start it with {_CONTAINER}; else use a kernel with CONFIG_USER_NS."
    if name == "landlock":
        return next((mend for code, mend in _LANDLOCK_MENDS.items() if code in why), _LANDLOCK_MENDS["[Errno 38]"])
    return _MENDS.get(name, "")


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


# a walk over classes, of the kind that the list of forbidden names refuses: it must find nothing of use. The variables
# named here are those that Python and macOS set in a process that was given none.
_PROBES = """
def names_of_os():
    return next(c for c in object.__subclasses__() if c.__name__ == "_wrap_close").__init__.__globals__
def environment():
    return [v for v in names_of_os()["environ"] if v not in ("PYTHONHASHSEED", "LC_CTYPE", "__CF_USER_TEXT_ENCODING")]
def code():
    return environment.__code__.replace()
def builtin():
    return open
"""


def _probe(sandbox: Sandbox) -> dict[str, bool]:
    """layer -> whether an attempt against it failed as it should, for layers that a jail's report does not cover."""
    tests = tuple(TestInput((Call(target=target),)) for target in ("environment", "code", "builtin"))
    runs = sandbox.run(Job(_PROBES, "environment", tests)).tests
    environment, code, builtin = (run.calls[0] if run.calls else None for run in runs)
    return {
        "empty-environment": environment is not None
        and environment.status == "returned"
        and not decode(environment.value),
        "audit-hook": code is not None and code.message == "code.__new__ is not allowed here",
        "restricted-builtins": builtin is not None and builtin.type_name == "NameError",
    }
