"""The process a solution runs in if there is no jail: `python -s -S -B -P child.py FD`, a new one for each solution.

It reads one job, gives up its own rights as far as any system lets a process do that, removes the functions that could
reach past the rest, reports which of its layers hold, and serves. Loaded without the package: standard library,
codec.py and runner.py only.
"""

from __future__ import annotations

import _thread
import os
import resource
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import runner  # noqa: E402

del sys.path[0]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NOBODY = 65534
# C modules that only compute, or that the audit hook hears; _decimal and _io call themselves decimal and io
HARMLESS = frozenset(
    "_abc _ast _bisect _blake2 _codecs _collections _contextvars _csv _datetime _decimal _functools _hashlib _heapq "
    "_io _json _md5 _opcode _operator _random _sha1 _sha2 _sha256 _sha3 _sha512 _sre _stat _statistics _string "
    "_struct _tokenize _typing _warnings _weakref _zoneinfo array atexit binascii builtins cmath decimal io itertools "
    "marshal math sys sys.monitoring unicodedata zlib".split()
)
# what a solution keeps of the others: clocks, pure functions, what the runner needs. None of it takes a path or waits
# for anything except the runner's own socket
KEPT = {
    "_imp": "_fix_co_filename acquire_lock extension_suffixes find_frozen get_frozen_object is_builtin is_frozen "
    "is_frozen_package lock_held release_lock source_hash",
    "_locale": "_getdefaultlocale getencoding localeconv nl_langinfo setlocale strcoll strxfrm",
    "_signal": "default_int_handler",
    "_thread": "_excepthook get_ident",
    "posix": "_exit _path_normpath _path_splitroot _path_splitroot_ex close fspath read strerror urandom write",
    "time": "asctime ctime get_clock_info gmtime localtime mktime monotonic monotonic_ns perf_counter perf_counter_ns "
    "process_time process_time_ns strftime strptime thread_time thread_time_ns time time_ns",
}
# they open files themselves, unheard; Python 3.12 and later
WRITERS = frozenset(("_dump_tracelets", "_stats_dump", "activate_stack_trampoline"))
# as in the jail, sleeping takes no time, nor does a lock (the only thread never waits for an RLock), and a
# process id does not tell how many processes there were before
INSTEAD: dict[str, Any] = {
    "_thread.allocate": _thread.RLock,
    "_thread.allocate_lock": _thread.RLock,
    "_thread.get_native_id": lambda: 0,
    "posix.getpid": lambda: 0,
    "posix.getppid": lambda: 0,
    "time.sleep": lambda seconds: None,
}


def drop_rights(memory_mib: int, cpu_s: int) -> list[str]:
    """Gives up files, forks and root; returns the names of the layers that hold."""
    layers = []
    if os.geteuid() == 0:
        try:
            os.chroot(".")  # an empty directory: no file to read, and no name to leave a message for a later run
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
    return layers


def is_kept(module: str, function: str) -> bool:
    return (module in HARMLESS and function not in WRITERS) or function in KEPT.get(module, "").split()


def refusal(name: str) -> Callable[..., Any]:
    """The function that replaces `name`. Importers catch its ImportError, all others its OSError."""
    kind = ImportError if name.startswith("_imp.") else PermissionError

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise kind(f"{name} is not allowed here")

    return refuse


def take_functions_away() -> None:
    """Removes all C functions except HARMLESS and KEPT, in whatever module they are found.

    The audit hook does not hear of many of them. Called when everything is loaded, before any foreign code; no builtin
    module can be created again.
    """
    lock, module_type = type(_thread.allocate_lock()), type(sys)
    new = dict(INSTEAD)
    for module in list(sys.modules.values()):
        names = vars(module)
        for name, value in list(names.items()):
            owner = getattr(value, "__self__", None)
            if type(value) is lock:
                names[name] = _thread.RLock()
            elif type(owner) is module_type and not is_kept(owner.__name__, value.__name__):
                full_name = f"{owner.__name__}.{value.__name__}"
                names[name] = new.setdefault(full_name, refusal(full_name))
    for functions in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
        functions.clear()


def main() -> None:
    fd = runner.SOCKET_FD
    if int(sys.argv[1]) != fd:
        os.dup2(int(sys.argv[1]), fd)
        os.close(int(sys.argv[1]))
    job = runner.receive(fd)
    _thread.get_native_id = INSTEAD["_thread.get_native_id"]  # threading takes it when it is loaded, and keeps it
    runner.preload(job["preload"])
    layers = drop_rights(job["memory_mib"], job["cpu_s"])
    sys.argv[:] = sys.orig_argv[:] = [""]
    if job["restricted"]:
        take_functions_away()
    runner.send(fd, " ".join([*layers, *(["audit-hook", "restricted-builtins"] if job["restricted"] else [])]))
    runner.Runner().serve(fd, job)


if __name__ == "__main__":
    main()
