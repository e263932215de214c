"""Which system calls a jailed process may make: tables for x86-64 and aarch64 -> a program for the kernel's filter.

Two stages. The first holds for the fork server and its children: an allow-list; whatever is not on it fails with EPERM,
and a call through a foreign table (32 bit, x32) kills the process. The second, for each child, takes away what only the
fork server needs. The program is a balanced tree over call numbers, because the kernel runs it at every call: see
seccomp(2) and linux/filter.h for the format. Loaded without the package; imports nothing.
"""

from __future__ import annotations

# name: (x86-64, aarch64); None if the machine has no such call
_CALLS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "poll": (7, None),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "ioctl": (16, 29),
    "select": (23, None),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "dup2": (33, None),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "socketpair": (53, 199),
    "sendmsg": (46, 211),
    "clone": (56, 220),
    "exit": (60, 93),
    "wait4": (61, 260),
    "uname": (63, 160),
    "fcntl": (72, 25),
    "gettimeofday": (96, 169),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "times": (100, 153),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "prctl": (157, 167),
    "setrlimit": (160, 164),
    "gettid": (186, 178),
    "time": (201, None),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "pselect6": (270, 72),
    "ppoll": (271, 73),
    "set_robust_list": (273, 99),
    "dup3": (292, 24),
    "pipe2": (293, 59),
    "prlimit64": (302, 261),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "rseq": (334, 293),
    "pidfd_open": (434, 434),
    "clone3": (435, 435),
    "close_range": (436, 436),
}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH

_FOR_ALL = (
    "read write close lseek munmap brk rt_sigaction rt_sigprocmask rt_sigreturn sched_yield mremap madvise "
    "exit uname gettimeofday getrlimit getrusage times getuid getgid geteuid getegid sigaltstack time "
    "restart_syscall exit_group set_robust_list getrandom membarrier rseq close_range"
).split()
# answered with 0 and not made: a sleeper continues at once, so that no solution holds a worker by sleeping, and a
# process id does not tell how many processes the jobs before needed
_ANSWERED = "nanosleep clock_nanosleep select pselect6 poll ppoll getpid getppid gettid".split()
_FOR_THE_SERVER = "dup2 dup3 socketpair sendmsg wait4 pipe2 pidfd_open prctl setrlimit fcntl clone".split()

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
# what the filter makes a call return instead of running it: 0, or an error
_ZERO, _EPERM, _ENOSYS, _ENOTTY, _ETIMEDOUT = 0x00050000, 0x00050001, 0x00050026, 0x00050019, 0x0005006E
_LOAD, _AND, _JUMP, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x45, 0x06
_PROT_EXEC = 4
_FUTEX_WAIT, _FUTEX_WAIT_BITSET, _FUTEX_COMMAND = 0, 9, 0x7F
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _SIGKILL = 1, 22, 9
# CLONE_VM, CLONE_UNTRACED and every namespace: no threads, no hidden forks
_CLONE_DENIED = 0x7E020000 | 0x80 | 0x100 | 0x800000
_X32_BIT = 0x40000000

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, k


def _return(value: int) -> Instruction:
    return (_RETURN, 0, 0, value)


def _load_argument(i: int) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * i)  # the low half of seccomp_data.args[i]; both machines are little-endian


def _deny_bits(argument: int, bits: int) -> list[Instruction]:
    return [_load_argument(argument), (_JSET, 0, 1, bits), _return(_EPERM), _return(_ALLOW)]


def number(name: str, machine: str) -> int | None:
    """The system call's number. KeyError on a machine without a table."""
    return _CALLS[name][_MACHINES[machine][0]]


def first_stage(machine: str) -> list[Instruction]:
    """The allow-list of the fork server and its children. KeyError on a machine without a table."""
    rules: dict[str, list[Instruction]] = {name: [_return(_ALLOW)] for name in [*_FOR_ALL, *_FOR_THE_SERVER]}
    rules |= {name: [_return(_ZERO)] for name in _ANSWERED}
    # no other thread could end a wait
    rules["futex"] = [
        _load_argument(1),
        (_AND, 0, 0, _FUTEX_COMMAND),
        (_JEQ, 1, 0, _FUTEX_WAIT),
        (_JEQ, 0, 1, _FUTEX_WAIT_BITSET),
        _return(_ETIMEDOUT),
        _return(_ALLOW),
    ]
    rules["mmap"] = _deny_bits(2, _PROT_EXEC)
    rules["mprotect"] = _deny_bits(2, _PROT_EXEC)
    rules["clone"] = _deny_bits(0, _CLONE_DENIED)
    # only its own limits: argument 0 is the process id
    rules["prlimit64"] = [_load_argument(0), (_JEQ, 0, 1, 0), _return(_ALLOW), _return(_EPERM)]
    # the child's own: SIGKILL for it when the server ends, and a further filter
    rules["prctl"] = [
        _load_argument(0),
        (_JEQ, 3, 0, _PR_SET_SECCOMP),
        (_JEQ, 0, 3, _PR_SET_PDEATHSIG),
        _load_argument(1),
        (_JEQ, 0, 1, _SIGKILL),
        _return(_ALLOW),
        _return(_EPERM),
    ]
    # negative numbers are the clocks of other processes
    rules["clock_gettime"] = rules["clock_getres"] = _deny_bits(0, 1 << 31)
    rules["ioctl"] = [_return(_ENOTTY)]
    rules["clone3"] = [_return(_ENOSYS)]  # its flags are in memory, where a filter cannot look; libc then uses clone
    known = {number(name, machine): rule for name, rule in rules.items() if number(name, machine) is not None}
    arch = _MACHINES[machine][1]
    head = [(_LOAD, 0, 0, 4), (_JEQ, 1, 0, arch), _return(_KILL), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":
        head += [(_JGE, 0, 1, _X32_BIT), _return(_KILL)]
    return head + _tree([(n, rule) for n, rule in sorted(known.items()) if n is not None])


def second_stage(machine: str) -> list[Instruction]:
    """Refuses what only the fork server needs; the first stage still holds."""
    denied = [n for name in _FOR_THE_SERVER if (n := number(name, machine)) is not None]
    jumps = [(_JEQ, len(denied) - i, 0, n) for i, n in enumerate(denied)]
    return [(_LOAD, 0, 0, 0), *jumps, _return(_ALLOW), _return(_EPERM)]


def _tree(rules: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    """A balanced search over call numbers, with one of the rules at each leaf, EPERM if none fits."""
    if len(rules) == 1:
        wanted, rule = rules[0]
        return [(_JEQ, 1, 0, wanted), _return(_EPERM), *rule]
    middle = len(rules) // 2
    low, high = _tree(rules[:middle]), _tree(rules[middle:])
    # a conditional jump reaches 255 instructions, an unconditional one any
    return [(_JGE, 0, 1, rules[middle][0]), (_JUMP, 0, 0, len(low)), *low, *high]


def assemble(program: list[Instruction]) -> bytes:
    """struct sock_filter[]: two bytes of code, two jumps, four bytes of k."""
    return b"".join(
        code.to_bytes(2, "little") + bytes((true, false)) + k.to_bytes(4, "little") for code, true, false, k in program
    )
