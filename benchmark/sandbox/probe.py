"""Tries what each layer of the jail should forbid: a layer counts only if the attempt fails.

The fork server tries it while it enters the jail, and so does a first child made like every later one. Loaded without
the package, like jail.py.
"""

from __future__ import annotations

import _socket
import errno
import marshal
import os
import resource

import jail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PR_GET_NO_NEW_PRIVS = 39
_AF_VSOCK, _AF_NETLINK = 40, 16
_NAMESPACE_FILES = {
    "mount-namespace": "mnt",
    "uts-namespace": "uts",
    "ipc-namespace": "ipc",
    "pid-namespace": "pid",
    "network-namespace": "net",
    "user-namespace": "user",
}


def _namespace_id(layer: str) -> str:
    try:
        return os.readlink(f"/proc/self/ns/{_NAMESPACE_FILES[layer]}")
    except OSError:
        return ""


def error_of(action: Callable[[], Any]) -> int:
    """The errno that the action fails with, 0 if it succeeds."""
    try:
        action()
    except OSError as error:
        return error.errno or -1
    return 0


def server_proofs() -> dict[str, Callable[[], bool]]:
    """layer -> whether it holds. Called before the jail is entered, to know what must change."""
    before = {layer: _namespace_id(layer) for layer in _NAMESPACE_FILES}

    def entered(layer: str) -> Callable[[], bool]:
        return lambda: _namespace_id(layer) not in ("", before[layer])

    proofs: dict[str, Callable[[], bool]] = {layer: entered(layer) for layer in _NAMESPACE_FILES}
    return proofs | {
        "private-root": lambda: os.listdir("/") == [] and error_of(lambda: os.mkdir("/x")) != 0,
        "non-root": lambda: 0 not in os.getresuid() and error_of(lambda: os.setuid(0)) != 0,
        "no-capabilities": lambda: error_of(lambda: os.chroot("/")) == errno.EPERM,
        "no-new-privileges": lambda: jail.syscall("prctl", _PR_GET_NO_NEW_PRIVS) == 1,
        "landlock": lambda: error_of(lambda: os.open("/", os.O_RDONLY)) == errno.EACCES,
        "rlimits": lambda: resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0),
        "seccomp": _seccomp_holds,
    }


def _seccomp_holds() -> bool:
    attempts: list[Callable[[], Any]] = [
        lambda: os.open("/", os.O_RDONLY),
        lambda: os.kill(os.getpid(), 0),
        lambda: os.mkdir("/x"),
        *(
            lambda family=family: _socket.socket(family, _socket.SOCK_RAW if family == _AF_NETLINK else 1)
            for family in (_socket.AF_UNIX, _socket.AF_INET, _socket.AF_INET6, _AF_NETLINK, _AF_VSOCK)
        ),
    ]
    return all(error_of(attempt) == errno.EPERM for attempt in attempts)


def child_proofs(limited: bool, second_stage: jail.Filter | None) -> dict[str, bool]:
    """What a first child finds, with the same limits and second stage as every later child."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            found = {}
            if limited:
                jail.limit_job(256, 5)
                found["rlimits"] = _memory_ends() and error_of(_fork) != 0
            if second_stage:
                second_stage.load()
                found["second-stage"] = error_of(os.pipe) == errno.EPERM == error_of(_fork)
            os.write(write_end, marshal.dumps(found))
        finally:
            os._exit(0)
    os.close(write_end)
    data = os.read(read_end, 1 << 12)
    os.close(read_end)
    os.waitpid(pid, 0)
    return dict(marshal.loads(data)) if data else {}


def _memory_ends() -> bool:
    try:
        bytearray(1 << 30)
    except MemoryError:
        return True
    return False


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
    os.wait()
