"""Runs a command as on a kernel that can do less: `python lesser_kernel.py '{"unshare": 1}' COMMAND...`.

Each system call named fails with the errno given, for the command and whatever it starts; "filters" stands for the
prctl that loads a seccomp filter. Linux on x86-64 and aarch64; no rights are needed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import debugarena.benchmark.sandbox

EPERM, ENOSPC, ENOSYS, EOPNOTSUPP = 1, 28, 38, 95
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 38, 22
_LOAD, _EQUAL, _RETURN, _ALLOW, _FAIL = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000


def run_without(refused: dict[str, int], *command: object) -> "subprocess.CompletedProcess[str]":
    """The command's end, where these system calls fail with these errnos."""
    line = [sys.executable, __file__, json.dumps(refused), *map(str, command)]
    return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def debugarena_without(refused: dict[str, int], *words: object) -> "subprocess.CompletedProcess[str]":
    return run_without(refused, sys.executable, "-m", "debugarena.benchmark.cli", *words)


def _refuse(refused: dict[str, int]) -> None:
    """For this process and all that come from it."""
    sys.path.append(str(Path(debugarena.benchmark.sandbox.__file__).parent))  # jail.py imports its neighbour by name
    import jail

    program = []
    for name, code in refused.items():
        number = jail._NUMBERS["prctl" if name == "filters" else name][jail.MACHINE != "x86_64"]
        program.append((_LOAD, 0, 0, 0))
        if name == "filters":  # what the prctl is for lies at offset 16 of what a filter sees
            program += [(_EQUAL, 0, 3, number), (_LOAD, 0, 0, 16), (_EQUAL, 0, 1, _PR_SET_SECCOMP)]
        else:
            program.append((_EQUAL, 0, 1, number))
        program.append((_RETURN, 0, 0, _FAIL | code))
    jail.syscall("prctl", _PR_SET_NO_NEW_PRIVS, 1)
    jail.Filter([*program, (_RETURN, 0, 0, _ALLOW)]).load()


if __name__ == "__main__":
    _refuse(json.loads(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
