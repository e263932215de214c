"""Runs a solution inside a process that has given up its rights, whichever engine made it.

The trusted side sends a job, then batches of tests (marshal data); this side answers each test with one frame of
tagged JSON text. So its memory never holds a test that it has not been asked yet. Everything it sends is untrusted,
and the host checks it as such. Loaded without the package: standard library and codec.py only.
"""

from __future__ import annotations

import builtins
import marshal
import os
import sys
import time

import codec

# importing typing costs a child more than Python's own start; type checkers still read this branch
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Never

SOCKET_FD = 3
OUTPUT_END = b"\x1e"
WARM_UPS = 20  # a function is rewritten for speed at its ninth call
REMOVED_BUILTINS = frozenset(
    "open eval exec compile input breakpoint exit quit help copyright credits license __import__ __loader__ "
    "__spec__".split()
)
# modules that the standard library imports only when a function is first called: too late in a process without files
LAZY_IMPORTS = {
    "collections": ("copy", "heapq"),
    "datetime": ("_strptime", "time"),
    "enum": ("warnings",),
    "functools": ("types", "typing", "weakref"),
    "random": ("_sha2",) if sys.version_info >= (3, 13) else (),
    "re": ("unicodedata", "warnings"),
    "time": ("_strptime",),
}
# of these, the ones that C code imports in the name of its caller, who must then be allowed to
LENT_IMPORTS = {"datetime": ("_strptime", "time"), "time": ("_strptime",)}
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


def leave(fd: int) -> Never:
    os.close(fd)  # the host waits for this end; tearing the process down would keep it waiting longer
    os._exit(0)


def read_exactly(fd: int, n: int) -> bytes:
    chunks = []
    while n:
        chunk = os.read(fd, n)
        if not chunk:
            leave(fd)
        chunks.append(chunk)
        n -= len(chunk)
    return b"".join(chunks)


def receive(fd: int) -> Any:
    return marshal.loads(read_exactly(fd, int.from_bytes(read_exactly(fd, 4), "little")))


def send(fd: int, text: str) -> None:
    send_bytes(fd, text.encode("ascii", "backslashreplace"))


def send_bytes(fd: int, data: bytes) -> None:
    data = len(data).to_bytes(4, "little") + data
    while data:
        data = data[os.write(fd, data) :]


def make_guard(denied: tuple[str, ...]) -> Any:
    """An audit hook that refuses what needs no descriptor: signals to other processes, names in the file system.

    It looks nothing up that a solution could replace.
    """

    # an argument, because a variable around it could be changed through its frame (PEP 667)
    def guard(event: str, args: Any, denied: tuple[str, ...] = denied) -> None:
        if event.startswith(denied):
            raise PermissionError(f"{event} is not allowed here")

    return guard


def preload(imports: tuple[str, ...]) -> None:
    """Imports while there still are files; what is missing fails when the solution imports it."""
    # what random, threading and logging would do in each child takes longer than everything else there
    os.register_at_fork = lambda **hooks: None
    todo = list(imports)
    while todo:
        for name in todo:
            try:
                __import__(name)
            except ImportError:
                pass
        late = [lazy for name, lazies in LAZY_IMPORTS.items() if name in sys.modules for lazy in lazies]
        todo = [name for name in late if name not in sys.modules]


def restricted_builtins(allowed: set[str]) -> dict[str, Any]:
    """The builtins of a solution. `allowed`, the modules it may import, can be filled in later."""
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
            message = message.rpartition(" (")[0]  # the module's path is a fact about the host
    except BaseException:
        message = ""
    return f"{codec.encode(name)}\t{codec.encode(message)}"


def run_call(namespace: dict[str, Any], instances: dict[str, Any], entry_point: str, call: Any, args: list[Any]) -> str:
    """instances: what earlier calls have made, by name. args: the positional arguments, which the call may change."""
    target, _, kwargs, instance, want_args_after, _ = call
    try:
        head, *path = (target or entry_point).split(".")
        names = instances if head in instances else namespace
        if head not in names:  # not a KeyError, which the call itself may have to raise
            raise NameError(f"the code does not define {head}")
        function = names[head]
        for name in path:
            function = getattr(function, name)
        result = function(*args, **kwargs)
        if isinstance(function, type) and not path and head == entry_point:
            instances[instance] = result
            result = None
        outcome = f"v\t{codec.encode(result)}\t"
    except codec.Unencodable as error:
        outcome = f"u\t{codec.encode(str(error))}\t"
    except BaseException as error:
        outcome = "x\t" + describe_exception(error)
    return f"{outcome}\t{encoded(args) if want_args_after else ''}"


def encoded(args: list[Any]) -> str:
    """The arguments as text; "" if they are no longer plain data."""
    try:
        return codec.encode(args)
    except BaseException:
        return ""


def run_test(code: Any, entry_point: str, namespace_builtins: dict[str, Any], calls: Any) -> str:
    """One line for each call, or a single line `load ...` if the module or its entry point cannot be created.

    code: the compiled solution.
    """
    module = sys.modules.setdefault("solution", type(sys)("solution"))  # dataclasses and enum look their module up
    module.__dict__.clear()
    namespace = module.__dict__
    namespace.update({"__name__": "solution", "__builtins__": namespace_builtins})
    try:
        exec(code, namespace)
        if entry_point not in namespace:
            raise NameError(f"the code does not define {entry_point}")
    except BaseException as error:
        return "load\t" + describe_exception(error)
    instances: dict[str, Any] = {}
    given = [list(call[1]) for call in calls]
    lines = [run_call(namespace, instances, entry_point, call, args) for call, args in zip(calls, given, strict=True)]
    return "\n".join([f"{lines[i]}\t{encoded(given[i]) if calls[i][5] else ''}" for i in range(len(lines))])


class Runner:
    """Serves one job. Made and warmed up before the job is known, so that a fork server's children need not do that."""

    def __init__(self) -> None:
        self._allowed: set[str] = set()
        self._names = restricted_builtins(self._allowed)

    def warm_up(self, host_fd: int, job_fd: int) -> None:
        """Serves small jobs over two ends of one socket, until the interpreter has settled.

        The caches, counters and faster code that the interpreter writes are then already in place in a child, for
        which each page written to is a page copied.
        """
        code = "def f(x, *y):\n    if x:\n        raise ValueError(x)\n    return {1: (2.0, [x], {'a'})}"
        calls: list[Any] = [("", ([],), {}, "obj", True, True), ("", (1,), {}, "obj", False, False)]
        guard = make_guard(DENIED_EVENTS)
        for _ in range(WARM_UPS):
            for message in ({"code": code}, (True, True, [calls, calls])):
                send_bytes(host_fd, marshal.dumps(message))
            guard("compile", ())
            self._answer(job_fd, receive(job_fd)["code"], "f", self._names, None)
            os.read(host_fd, 1 << 16)
        sys.modules["solution"].__dict__.clear()  # else each child would have to take this last one down

    def serve(self, fd: int, job: dict[str, Any]) -> Never:
        """Answers batches of tests, one frame per test, until the last one or until the trusted side ends.

        In a marked batch, OUTPUT_END follows what a test has printed. A frame begins with a separate line: the CPU
        time of the test in microseconds, as this side measures it.
        """
        imports = job["imports"]
        # `random` starts afresh in every test, so that a verdict is the same every time
        seed = sys.modules["random"].seed if "random" in imports and "random" in sys.modules else None
        names = self._names
        if job["restricted"]:
            self._allowed.update(imports, *(LENT_IMPORTS.get(name, ()) for name in imports))
            sys.addaudithook(make_guard(DENIED_EVENTS))
        else:
            names = vars(builtins)
        self._answer(fd, job["code"], job["entry_point"], names, seed)
        leave(fd)

    def _answer(self, fd: int, source: str, entry_point: str, names: dict[str, Any], seed: Any) -> None:
        clock = time.process_time_ns
        compiled = None
        is_last = False
        while not is_last:
            marked, is_last, tests = receive(fd)
            for calls in tests:
                started = clock()
                if compiled is None:
                    try:
                        compiled = compile(source, "<solution>", "exec", dont_inherit=True)
                    except BaseException as error:
                        send(fd, f"0\nload\t{describe_exception(error)}")
                        continue
                if seed:
                    seed(0)
                reply = run_test(compiled, entry_point, names, calls)
                try:
                    sys.stdout.flush()
                    if marked:
                        os.write(1, OUTPUT_END)
                except BaseException:
                    pass
                send(fd, f"{(clock() - started) // 1000}\n{reply}")
