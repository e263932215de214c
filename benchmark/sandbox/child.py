"""The process a solution runs in where there is no jail: `python -s -S -B -P child.py FD`, afresh for each solution.

It reads one job, takes away its own rights as far as any system lets a process do that, says which of its layers hold,
and serves. Loaded without the package: standard library, codec.py and runner.py only.
"""

from __future__ import annotations

import os
import resource
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import runner  # noqa: E402

del sys.path[0]

NOBODY = 65534


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
    return layers


def main() -> None:
    fd = runner.SOCKET_FD
    if int(sys.argv[1]) != fd:
        os.dup2(int(sys.argv[1]), fd)
        os.close(int(sys.argv[1]))
    job = runner.receive(fd)
    # "\N{BULLET}" in the source makes the compiler itself import unicodedata
    runner.preload((*job["imports"], "unicodedata") if "\\N{" in job["code"] else job["imports"])
    layers = drop_rights(job["memory_mib"], job["cpu_s"])
    sys.argv[:] = [""]
    runner.send(fd, " ".join([*layers, *(["audit-hook", "restricted-builtins"] if job["restricted"] else [])]))
    runner.Runner().serve(fd, job)


if __name__ == "__main__":
    main()
