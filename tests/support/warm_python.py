"""A Python that has imported already what takes ten seconds to import, and forks for each program that a test starts.

    process = subprocess.Popen([*WARM, "-m", "debugarena.benchmark.cli", "train", ...])

Where `sys.executable` stands in a command, so may WARM: a small program that hands its arguments, folder, environment
and open files to the warm Python, lives as long as the fork, passes signals on, and ends as the fork ended. Not for
what tests an import, an exit handler, or a variable that a library reads while it is imported.

One warm Python serves all processes of a run of tests, and imports when it is first asked. It needs Linux; elsewhere
WARM is a fresh Python.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Never

ADDRESS = "DEBUGARENA_WARM_PYTHON"
WARM = (sys.executable, __file__) if sys.platform == "linux" else (sys.executable,)
LIBRARIES = (
    *("torch", "transformers", "trl", "peft", "accelerate", "datasets", "openenv.core.env_server.interfaces"),
    *("scipy.stats", "jsonschema", "debugarena.benchmark.scoring.score", "debugarena.builder.publishing.build"),
    "debugarena.leaderboard.verify",
)
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def warm_python(folder: Path) -> Iterator[None]:
    """Within, WARM works, in this process and in all that it starts. folder: an empty one."""
    os.environ[ADDRESS] = str(folder / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.environ[ADDRESS])
        listener.listen(64)
        command = [sys.executable, __file__, "serve", str(listener.fileno())]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def call(arguments: list[str]) -> int:
    """What WARM does: has the program run elsewhere and returns how it ended, a signal's number below zero."""
    request = json.dumps([arguments, os.getcwd(), dict(os.environ)]).encode()
    with socket.socket(socket.AF_UNIX) as minder:
        minder.connect(os.environ[ADDRESS])
        for one in PASSED_ON:
            signal.signal(one, lambda number, _: minder.send(bytes([number])))
        socket.send_fds(minder, [len(request).to_bytes(4, "little")], [0, 1, 2])
        minder.sendall(request)
        return int(minder.recv(16))


def serve(listener: socket.socket) -> tuple[list[str], str, dict[str, str]]:
    """Waits for calls and never returns, but in the fork of each, with what it is to run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # minders are nobody's to wait for
    imported = False
    started_by = os.getppid()
    while True:
        while not select.select([listener], [], [], 2)[0]:
            if os.getppid() != started_by:  # killed, hence without its last words
                os._exit(0)
        caller, _ = listener.accept()
        if not imported:
            for name in LIBRARIES:
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)
            importlib.import_module("debugarena.benchmark").load_bugs()  # they stay parsed
            keep_what_is_loaded()  # else each fork copies it all when it first collects
            imported = True
        if os.fork() == 0:
            listener.close()
            return mind(caller)
        caller.close()


def keep_what_is_loaded() -> None:
    """Takes it out of the collections of garbage, which also become fewer: they took a sixth of the tests' CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def mind(caller: socket.socket) -> tuple[list[str], str, dict[str, str]]:
    """Forks, passes on the caller's signals, kills the fork when the caller is gone, and says how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, _, _ = socket.recv_fds(caller, 4, 3)
    request = b""
    while len(request) < int.from_bytes(size, "little"):
        request += caller.recv(1 << 20)
    pid = os.fork()
    if pid == 0:
        caller.close()
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        arguments, folder, environment = json.loads(request)
        return arguments, folder, environment
    for file in files:
        os.close(file)
    ended = os.pidfd_open(pid)
    while ended not in (ready := select.select([ended, caller], [], [])[0]):
        signals = caller.recv(16) if caller in ready else b""
        for number in signals or bytes([signal.SIGKILL]):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number) if number == signal.SIGKILL else os.kill(pid, number)
        if not signals:
            break
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        caller.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def run(arguments: list[str], folder: str, environment: dict[str, str]) -> Never:
    """Does what `python *arguments` would do there, but for taking apart what was imported, which takes seconds."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    sys.path[0] = ""
    what, *rest = arguments
    atexit._clear()
    code = 0
    try:
        if what == "-c":
            source, *rest = rest
            sys.argv = ["-c", *rest]
            main = sys.modules["__main__"] = types.ModuleType("__main__")
            exec(compile(source, "<string>", "exec"), main.__dict__)
        elif what == "-m":
            sys.argv = rest
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            sys.path[0] = os.path.dirname(os.path.abspath(what))
            runpy.run_path(what, run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException as error:
        traceback.print_exc()
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as an end of Python does
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    leave(code)


def leave(code: int) -> Never:
    """Ends this process at once. code: below zero, the number of a signal."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        run(*serve(socket.socket(fileno=int(sys.argv[2]))))
    leave(call(sys.argv[1:]))
