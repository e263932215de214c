"""The process a solution runs in: `python -s -S -B -P child.py FD`, started afresh for each solution.

It reads one job, takes away its own rights, says which of its layers hold, and then answers one request (the calls of
one test) with one frame at a time, so that nothing it has not been asked yet is in its memory. Requests are marshal
data from the trusted side; replies are lines of tagged JSON text. Everything after the first request is untrusted:
the host checks it as such. Loaded without the package: standard library and codec.py only.
"""

from __future__ import annotations

import builtins
import marshal
import os
import resource
import sys

# importing typing costs a child more than Python's own start; type checkers read this branch all the same
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import codec  # noqa: E402

del sys.path[0]

NOBODY = 65534
REMOVED_BUILTINS = frozenset(
    "open eval exec compile input breakpoint exit quit help copyright credits license __import__ __loader__ "
    "__spec__".split()
)
# modules that the standard library imports only when a function is first called, too late for a process without files
LAZY_IMPORTS = {
    "collections": ("copy", "heapq"),
    "datetime": ("_strptime", "time"),
    "enum": ("warnings",),
    "functools": ("types", "typing", "weakref"),
    "re": ("unicodedata", "warnings"),
}
# of these, the ones that C code imports in the name of its caller, who must then be allowed to
LENT_IMPORTS = {"datetime": ("_strptime", "time")}
# audit events (PEP 578) that no solution has a reason to raise
DENIED_EVENTS = (
    "code.__new__",
    "ctypes.",
    "fcntl.",
    "gc.",
    "mmap.",
    "open",
    "os.",
    "pty.",
    "resource.",
    "shutil.",
    "signal.",
    "socket.",
    "subprocess.",
    "tempfile.",
)
SOCKET_FD = 3


def read_exactly(fd: int, n: int) -> bytes:
    chunks = []
    while n:
        chunk = os.read(fd, n)
        if not chunk:
            os._exit(0)
        chunks.append(chunk)
        n -= len(chunk)
    return b"".join(chunks)


def receive(fd: int) -> Any:
    return marshal.loads(read_exactly(fd, int.from_bytes(read_exactly(fd, 4), "little")))


def send(fd: int, text: str) -> None:
    data = text.encode("ascii", "backslashreplace")
    data = len(data).to_bytes(4, "little") + data
    while data:
        data = data[os.write(fd, data) :]


def drop_rights(memory_mib: int, cpu_s: int) -> list[str]:
    """Gives up files, forks and root; returns the names of the layers that hold."""
    layers = []
    if os.geteuid() == 0:
        try:
            os.chroot(".")  # an empty directory: no file to read, and no name under which to leave word for a later run
            layers.append("private-root")
        except OSError:
            pass
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:
            pass
    if os.geteuid() != 0:
        layers.append("non-root")
    wanted = [("CORE", 0), ("FSIZE", 0), ("NPROC", 0), ("NOFILE", 0), ("CPU", cpu_s), ("AS", memory_mib << 20)]
    held = []
    for name, value in wanted:
        try:
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
            held.append(name)
        except (OSError, ValueError, AttributeError):
            pass
    if len(held) == len(wanted):
        layers.append("rlimits")
    try:
        os.open("/dev/null", os.O_RDONLY)
    except OSError:
        layers.append("no-new-files")
    try:
        if os.fork() == 0:
            os._exit(0)
        os.wait()
    except OSError:
        layers.append("no-fork")
    sys.addaudithook(make_guard(DENIED_EVENTS))
    layers.append("audit-hook")
    return layers


def make_guard(denied: tuple[str, ...]) -> Any:
    """An audit hook that refuses what needs no descriptor: signals to other processes, names in the file system.

    It looks nothing up that a solution could replace.
    """

    def guard(event: str, args: Any) -> None:
        if event.startswith(denied):
            raise PermissionError(f"{event} is not allowed here")

    return guard


def preload(imports: tuple[str, ...]) -> None:
    """Imports while there still are files; what is not there, the solution will miss at its own import."""
    todo = list(imports)
    while todo:
        for name in todo:
            try:
                __import__(name)
            except ImportError:
                pass
        late = [lazy for name, lazies in LAZY_IMPORTS.items() if name in sys.modules for lazy in lazies]
        todo = [name for name in late if name not in sys.modules]


def restricted_builtins(allowed: frozenset[str]) -> dict[str, Any]:
    real_import = builtins.__import__

    def restricted_import(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        if level or name not in allowed:
            raise ImportError(f"module {name!r} is not available here")
        return real_import(name, None, None, fromlist, 0)

    names = {k: v for k, v in vars(builtins).items() if k not in REMOVED_BUILTINS}
    names["__import__"] = restricted_import
    return names


def describe_exception(error: BaseException) -> str:
    kind = type(error)
    name = kind.__name__ if getattr(builtins, kind.__name__, None) is kind else "solution." + kind.__name__
    try:
        message = str(error)[:300]
        if kind is ImportError and message.startswith("cannot import name"):
            message = message.rpartition(" (")[0]  # where the module lies is a fact of the host
    except BaseException:
        message = ""
    return f"{codec.encode(name)}\t{codec.encode(message)}"


def run_call(namespace: dict[str, Any], entry_point: str, call: Any) -> str:
    target, args, kwargs, want_args_after = call
    args = list(args)
    try:
        head, *path = (target or entry_point).split(".")
        if head not in namespace:  # not a KeyError, which the call itself may have to raise
            raise NameError(f"the code does not define {head}")
        function = namespace[head]
        for name in path:
            function = getattr(function, name)
        result = function(*args, **kwargs)
        if isinstance(function, type) and not path and head == entry_point:
            namespace["obj"] = result
            result = None
        outcome = f"v\t{codec.encode(result)}\t"
    except codec.Unencodable as error:
        outcome = f"u\t{codec.encode(str(error))}\t"
    except BaseException as error:
        outcome = "x\t" + describe_exception(error)
    try:
        return f"{outcome}\t{codec.encode(args) if want_args_after else ''}"
    except BaseException:
        return outcome + "\t"


def run_test(source: str, entry_point: str, namespace_builtins: dict[str, Any], calls: Any) -> str:
    """One line a call, or a single line `load ...` where the module or its entry point does not come to life."""
    module = sys.modules.setdefault("solution", type(sys)("solution"))  # dataclasses and enum look their module up
    module.__dict__.clear()
    namespace = module.__dict__
    namespace.update({"__name__": "solution", "__builtins__": dict(namespace_builtins)})
    try:
        exec(compile(source, "<solution>", "exec", dont_inherit=True), namespace)
        if entry_point not in namespace:
            raise NameError(f"the code does not define {entry_point}")
    except BaseException as error:
        return "load\t" + describe_exception(error)
    return "\n".join([run_call(namespace, entry_point, call) for call in calls])


def main() -> None:
    fd = SOCKET_FD
    if int(sys.argv[1]) != fd:
        os.dup2(int(sys.argv[1]), fd)
        os.close(int(sys.argv[1]))
    job = receive(fd)
    # "\N{BULLET}" in the source makes the compiler itself import unicodedata
    preload((*job["imports"], "unicodedata") if "\\N{" in job["code"] else job["imports"])
    layers = drop_rights(job["memory_mib"], job["cpu_s"])
    lent = [name for imported in job["imports"] for name in LENT_IMPORTS.get(imported, ())]
    names = restricted_builtins(frozenset([*job["imports"], *lent]))
    sys.argv[:] = [""]
    send(fd, " ".join([*layers, "restricted-builtins"]))
    while True:
        calls = receive(fd)
        reply = run_test(job["code"], job["entry_point"], names, calls)
        try:
            sys.stdout.flush()
        except BaseException:
            pass
        send(fd, reply)


if __name__ == "__main__":
    main()
