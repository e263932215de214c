"""Takes rights away from this process, one step of JAIL_STEPS after another, by system calls of Linux.

A step that the kernel or the container refuses is left out and reported with the reason; only what happened is
reported. It uses only `_ctypes`, because `ctypes` would cost each forked child a millisecond of copied pages. Loaded
without the package: standard library and seccomp.py only. Not covered: cgroups, which a plain user does not have.
"""

from __future__ import annotations

import _ctypes
import os
import resource

import seccomp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# in the order in which they are taken; "second-stage" and the per-job limits follow in each child
JAIL_STEPS = (
    "namespaces",
    "private-root",
    "non-root",
    "no-capabilities",
    "no-new-privileges",
    "landlock",
    "rlimits",
    "seccomp",
    "second-stage",
)
LEFT_OUT = "left out on request"
NOBODY = 65534
MACHINE = os.uname().machine

# the same numbers on every 64-bit machine from 424 on; below, (x86-64, aarch64)
_NUMBERS = {
    "capset": (126, 91),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
}
_NAMESPACES = {
    "mount-namespace": 0x20000,
    "uts-namespace": 0x4000000,
    "ipc-namespace": 0x8000000,
    "pid-namespace": 0x20000000,
    "network-namespace": 0x40000000,
}
_CLONE_NEWUSER = 0x10000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 4, 22, 24
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
_SIGKILL = 9


class _Long(_ctypes._SimpleCData):  # type: ignore[type-arg]
    _type_ = "l"


class _Char(_ctypes._SimpleCData):  # type: ignore[type-arg]
    _type_ = "c"


class _Function(_ctypes.CFuncPtr):
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = _Long


_syscall: Any = _Function(_ctypes.dlsym(_ctypes.dlopen(None, 2), "syscall"))  # type: ignore[arg-type]
_syscall.argtypes = (_Long,) * 7
_kept: list[Any] = []  # memory whose address the kernel has


def _address(data: bytes) -> int:
    class Buffer(_ctypes.Array):  # type: ignore[type-arg]
        _type_ = _Char
        _length_ = len(data) + 1

    buffer: Any = Buffer()
    for i, byte in enumerate(data):
        buffer[i] = bytes((byte,))
    _kept.append(buffer)
    return int(_ctypes.addressof(buffer))


def syscall(name: str, *arguments: int | bytes) -> int:
    """Makes a system call; bytes are passed by address. OSError as the kernel says."""
    numbers = _NUMBERS[name]
    number = numbers[0] if MACHINE == "x86_64" else numbers[1]
    raw = [_address(a) if isinstance(a, bytes) else a for a in arguments]
    result: int = _syscall(number, *raw, *[0] * (6 - len(raw)))
    if result < 0:
        code = _ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _u64(value: int) -> bytes:
    return value.to_bytes(8, "little")


def die_with_parent() -> None:
    """SIGKILL for this process when its parent ends. A change of user undoes it."""
    syscall("prctl", _PR_SET_PDEATHSIG, _SIGKILL)


def enter_namespaces() -> list[str]:
    """New namespaces for everything that has one, directly as root, else inside a user namespace of our own.

    The process-id namespace begins with the next child: this process forks, waits for it and ends with it; the caller
    continues as process 1. Returns the names of the namespaces entered.
    """
    wanted = 0
    for flag in _NAMESPACES.values():
        wanted |= flag
    names = list(_NAMESPACES)
    try:
        if os.geteuid() != 0:
            raise PermissionError
        syscall("unshare", wanted)
    except OSError:
        become_nobody()
        _enter_user_namespace()
        names.append("user-namespace")
        syscall("unshare", wanted)
    if pid := os.fork():
        os.closerange(0, 64)
        os.waitpid(pid, 0)
        os._exit(0)
    die_with_parent()
    return names


def _enter_user_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    syscall("unshare", _CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} {uid} 1"), ("gid_map", f"{NOBODY} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def enter_empty_root() -> None:
    """Makes the root directory an empty, read-only file system; the old tree is no longer visible."""
    place = next(path for path in ("/tmp", "/var", "/mnt", "/usr") if os.path.isdir(path)).encode()
    syscall("mount", b"none", b"/", 0, _MS_REC | _MS_PRIVATE)
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    syscall("mount", b"tmpfs", place, b"tmpfs", flags, b"size=4k,nr_inodes=8,mode=755")
    os.chdir(place)
    syscall("pivot_root", b".", b".")  # the old root then lies over the new one, as pivot_root(2) describes
    syscall("umount2", b".", _MNT_DETACH)
    os.chdir("/")
    syscall("mount", b"none", b"/", 0, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | flags)


def become_nobody() -> None:
    """Gives up user 0 for good; a plain user stays the same."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        syscall(
            "prctl", _PR_SET_DUMPABLE, 1
        )  # else our own /proc/self stays root's, and no user namespace gets its map


def shrink_bounding_set() -> None:
    """Makes it impossible to gain a capability. Works only before user 0 is given up, as far as the kernel lets us."""
    for capability in range(64):
        try:
            syscall("prctl", _PR_CAPBSET_DROP, capability)
        except OSError:
            break
    try:
        syscall("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    except OSError:
        pass  # there is no such set before Linux 4.3


def drop_capabilities() -> None:
    """Empties the capability sets that are in effect now."""
    version_3 = 0x20080522
    syscall("capset", _u32(version_3) + _u32(0), bytes(24))


def forbid_new_privileges() -> None:
    """Stops set-user-id programs from giving rights back; landlock and seccomp also need this."""
    syscall("prctl", _PR_SET_NO_NEW_PRIVS, 1)


def enter_landlock() -> None:
    """Handles every right that this kernel's landlock knows, and grants none."""
    abi = syscall("landlock_create_ruleset", 0, 0, 1)
    files = (1 << 13) - 1
    files |= (1 << 13 if abi >= 2 else 0) | (1 << 14 if abi >= 3 else 0) | (1 << 15 if abi >= 5 else 0)
    tcp = signals_and_abstract_sockets = 3
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    attributes = (_u64(files) + _u64(tcp) + _u64(signals_and_abstract_sockets))[:size]
    ruleset = syscall("landlock_create_ruleset", attributes, size, 0)
    syscall("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)


def limit_resources() -> None:
    """Sets the limits that also hold for the fork server; each child sets address space, CPU time and processes."""
    none = (0, 0)
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        resource.setrlimit(limit, none)
    n_files = min(64, resource.getrlimit(resource.RLIMIT_NOFILE)[1] % 2**64)
    resource.setrlimit(resource.RLIMIT_NOFILE, (n_files, n_files))


def limit_job(memory_mib: int, cpu_s: int) -> None:
    """Limits what one child may use. NPROC binds anyone except root."""
    for limit, value in (
        (resource.RLIMIT_AS, memory_mib << 20),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))


class Filter:
    """A seccomp program whose memory is prepared in advance, so that a child loads it with one call."""

    def __init__(self, program: list[seccomp.Instruction]) -> None:
        code = _address(seccomp.assemble(program))
        self._program = _address(len(program).to_bytes(2, "little") + bytes(6) + _u64(code))
        self._number = _NUMBERS["prctl"][0 if MACHINE == "x86_64" else 1]

    def load(self) -> None:
        filter_mode = 2
        if _syscall(self._number, _PR_SET_SECCOMP, filter_mode, self._program, 0, 0, 0) < 0:
            raise OSError(_ctypes.get_errno(), "seccomp refused")


def enter(wanted: frozenset[str], proofs: dict[str, Callable[[], bool]]) -> dict[str, tuple[bool, bool, str]]:
    """Takes every wanted step except the second stage. Returns layer -> (active, proven, why not).

    proofs: for each layer an attempt that must fail if it holds, made as soon as the layer is active, before a later
    one can hide it. Namespaces are reported one by one. Afterwards this may be another process: see enter_namespaces.
    """
    report: dict[str, tuple[bool, bool, str]] = {}

    def take(layer: str, action: Callable[[], Any], step: str = "") -> None:
        if (step or layer) not in wanted:
            report[layer] = (False, False, LEFT_OUT)
            return
        try:
            action()
        except (OSError, ValueError, StopIteration, KeyError) as error:
            report[layer] = (False, False, str(error) or type(error).__name__)
            return
        holds = proofs[layer]() if layer in proofs else True
        report[layer] = (True, holds, "" if holds else "the probe got through")

    names: list[str] = []
    take("namespaces", lambda: names.extend(enter_namespaces()))
    namespaces = report.pop("namespaces")
    for name in _NAMESPACES:
        take(name, lambda: None, "namespaces")
        if name not in names:
            report[name] = namespaces
    if "user-namespace" in names:
        report["user-namespace"] = (True, proofs["user-namespace"](), "")
    if "mount-namespace" in names:
        take("private-root", enter_empty_root)
    else:
        report["private-root"] = (False, False, "it needs a mount namespace")
    if "no-capabilities" in wanted:
        shrink_bounding_set()
    take("non-root", become_nobody)
    take("no-capabilities", drop_capabilities)
    if "pid-namespace" in names:
        die_with_parent()  # again: a change of user forgets it
    take("no-new-privileges", forbid_new_privileges)
    syscall("prctl", _PR_SET_DUMPABLE, 0)
    take("landlock", enter_landlock)
    take("rlimits", limit_resources)
    take("seccomp", lambda: Filter(seccomp.first_stage(MACHINE)).load())
    return report
