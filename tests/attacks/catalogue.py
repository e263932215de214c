"""Solutions that try to be paid without being right, to hurt the machine, or to learn what is hidden.

Every attack is one module that defines flip(text), which an honest solution would turn round. Four classes:

exhaustion  uses up time, memory, processes or the patience of whoever reads the reply
escape      wants power: a file it was not given, a file that stays, a socket, another process, a right, a closed
            part of the kernel. When it gets there, flip returns (or prints) text that starts with "ESCAPED"; else
            it returns text[:1], a wrong answer, or raises. So "ESCAPED" anywhere in what came back is a hole.
grading     wants points for a wrong answer: lies, exits, forged frames, patched internals
leaks       wants a hidden input to show in what a later attempt can read; the inputs carry markers

Each of them can fail for want of its lever (no such module, no such system call): it then raises, which is fine. The
snippets find their levers without a forbidden name in the tree, and work with restricted builtins as with real ones.
None does lasting harm where it succeeds: signals to others are number 0, system calls get arguments that change
nothing, new files are removed by whoever made them, memory is bounded by the limits of the sandbox. The exceptions are
the three in EXHAUSTION that kill: without a sandbox around them, they do.

Not covered: attacks on the host by another channel than the reply (the bug file, the completion), and timing between
solutions that run side by side.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER


@dataclass(frozen=True)
class Attack:
    """`allowed`: the statuses that its tests may end with, a subset of TestStatus.

    After three crashed, timed-out or malformed tests the rest are "not-run": who allows one of those allows it too.
    """

    name: str
    code: str
    allowed: frozenset[str]


RUNS = frozenset({"ran"})  # answered, wrongly, or raised
LOADS = frozenset({"load-error"})
DIES = frozenset({"crashed", "not-run"})
HANGS = frozenset({"timeout", "not-run"})
GARBLED = frozenset({"malformed", "not-run"})
ANYHOW = RUNS | DIES | HANGS | GARBLED


def group(allowed: frozenset[str], codes: dict[str, str]) -> tuple[Attack, ...]:
    return tuple(Attack(name, code, allowed) for name, code in codes.items())


def flip(body: str, *snippets: str) -> str:
    """A solution of these snippets and this body; returns text[:1], which is right for no test but the empty text's."""
    return f"{''.join(snippets)}\ndef flip(text):\n{_indented(body)}\n    return text[:1]\n"


def raw(call: str, *snippets: str) -> str:
    """An escape by one expression: `call` is truthy where it got through."""
    return flip(f"if {call}: return 'ESCAPED'", LOAD, *snippets)


def at_load(body: str, *snippets: str) -> str:
    """The same as `flip`, but run when the module is."""
    return f"{''.join(snippets)}\n{textwrap.dedent(body)}\ndef flip(text): return text[:1]\n"


def _indented(body: str) -> str:
    return textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")


# levers, as snippets of the attacking code

# the os module without a forbidden name in the tree: the list cannot see this, and the sandbox must not care
OS = """
import random
os = getattr(random, "_" + chr(111) + "s")
"""
# real __import__, and sys, in the same way
LOAD = (
    OS
    + """
sys = os.sys
load = getattr(sys.modules["builtins"], "__imp{}__".format("ort"))
"""
)
# the globals of the process that runs us; this one the list does see
HOST = """
def host_globals():
    try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame
    while frame.f_back:
        frame = frame.f_back
    return frame.f_globals
"""
# the globals of every frame below ours: a fork server may run us several frames above its own
HOSTS = """
def all_globals():
    try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame.f_back.f_back
    while frame:
        yield frame.f_globals
        frame = frame.f_back
"""
FRAME = """
def frame(text):
    data = text.encode()
    return len(data).to_bytes(4, "little") + data
PASS = 'v\\t"x"\\t\\t'
"""
BUG_FILE = str(BUGS_FOLDER / "python" / "add-subtracts.yaml")
BUG_BYTES = BUG_FILE.encode() + bytes(1)
# what an attack does once it holds a module os: something that a solution must not be able to do
POWER = f"""
def power(os):
    for path in ("/etc/passwd", {BUG_FILE!r}):
        try: return "ESCAPED " + str(os.read(os.open(path, 0), 20))
        except OSError: pass
    pid = os.fork()
    if pid == 0: os._exit(0)
    return "ESCAPED fork"
"""
OPEN = """
def read(path, size=9999):
    data = os.read(os.open(path, 0), size)
    return "ESCAPED " + str(data[:20]) if data else None
"""
# makes something at a name of its own in each folder, and takes it away again
MAKE = """
def make(maker, folders=(".", "/tmp", "/dev/shm", "/var/tmp", "/run")):
    for folder in folders:
        name = folder + "/debugarena-attack-" + str(os.getpid())
        try: maker(name)
        except OSError: continue
        for remove in (os.unlink, os.rmdir):
            try: remove(name)
            except OSError: pass
        return "ESCAPED " + name
"""
# a process that is not us: the parent, or init where the parent is in another pid namespace
OTHER = """
def other():
    return os.getppid() or (1 if os.getpid() != 1 else 2)
"""
# x86-64 first, then aarch64; 0: no such call there
NUMBERS = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "capset": (126, 91),
    "chroot": (161, 51),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "execveat": (322, 281),
    "fanotify_init": (300, 262),
    "fsopen": (430, 430),
    "get_robust_list": (274, 100),
    "getpid": (39, 172),
    "init_module": (175, 105),
    "io_uring_setup": (425, 425),
    "ioperm": (173, 0),
    "iopl": (172, 0),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "landlock_create_ruleset": (444, 444),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mknodat": (259, 33),
    "mmap": (9, 222),
    "modify_ldt": (154, 0),
    "mount": (165, 40),
    "move_pages": (279, 239),
    "mprotect": (10, 226),
    "mq_open": (240, 180),
    "msgctl": (71, 187),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "openat2": (437, 437),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "rt_sigqueueinfo": (129, 138),
    "seccomp": (317, 277),
    "semctl": (66, 191),
    "semget": (64, 190),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setuid": (105, 146),
    "shmctl": (31, 195),
    "shmget": (29, 194),
    "socket": (41, 198),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "tgkill": (234, 131),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
# raw system calls through _ctypes alone, which a fork server may well have loaded; `reached` also counts an error that
# only the call itself could give, so that it can be asked with arguments that do nothing
SYSCALL = (
    f"""
NUMBERS = {NUMBERS!r}
"""
    + """
C = None
def function(address, *args):
    global C
    C = C or load("_ctypes")
    class Long(C._SimpleCData): _type_ = "l"
    class Function(C.CFuncPtr): _flags_, _restype_ = 1 | 8, Long
    args = [bytes_at(a) if type(a) is bytes else a for a in args]
    return Function(address)(*[Long(a) for a in args])
def symbol(name):
    global C
    C = C or load("_ctypes")
    return C.dlsym(C.dlopen(None, 2), name)
def bytes_at(data):
    KEPT.append(data)
    return id(data) + bytes.__basicsize__ - 1
KEPT = []
class Refused(OSError): pass  # by the call itself, not on the way to it
def number(name):
    return NUMBERS[name][os.uname().machine == "aarch64"] or 1 / 0
def numbered(n, *args):
    result = function(symbol("syscall"), n, *args, *[0] * (6 - len(args)))
    if result < 0: raise Refused(C.get_errno(), "refused")
    return result
def syscall(name, *args):
    return numbered(number(name), *args)
def works(name, *args):
    return syscall(name, *args) >= 0
def reached(name, *args):
    try: return works(name, *args)
    except Refused as error: return error.errno not in (1, 13, 38)
def words(*values):
    return b"".join((v & (2**64 - 1)).to_bytes(8, "little") for v in values)
"""
)
CODE_PAGE = """
def run_machine_code(code):
    page = syscall("mmap", 0, 4096, 7, 34, -1, 0)
    function(symbol("memcpy"), page, code, len(code))
    return function(page)
"""
# the search finds what is there: test_the_search_finds_what_has_been_sent
SEARCH = """
def search(root):
    found, seen, todo = set(), set(), [root]
    while todo and len(seen) < 30000:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if type(item) is str:
            for word in item.split('"'):
                if "q" in word and len(word) < 12 and sum(map(str.isupper, word)) >= 6:  # a marker, not naming it
                    found.add(word)
            continue
        if type(item) is bytes:
            todo.append(item.decode("latin-1").replace("\\0", '"'))
        if type(item) is dict:
            todo.extend(item.keys())
            todo.extend(item.values())
        elif type(item) in (list, tuple, set, frozenset):
            todo.extend(item)
        for name in ("f_back", "f_locals", "f_globals", "f_builtins", "tb_frame", "gi_frame", "__dict__", "__closure__",
                     "cell_contents", "__defaults__", "__kwdefaults__", "__traceback__", "__context__", "__code__",
                     "co_consts", "__self__", "__func__"):
            try:
                todo.append(getattr(item, name))
            except BaseException:
                pass
    return sorted(found)
"""
BY_TRACEBACK = (
    SEARCH
    + """
def flip(text):
    try:
        1 / 0
    except ZeroDivisionError as error:
        return search(error.__traceback__)
"""
)

EXHAUSTION = (
    *group(
        HANGS | DIES,
        {
            "infinite loop": "def flip(text):\n    while True: pass",
            "loop at import": "while True: pass\ndef flip(text): return text",
            "waits on its own socket": OS + "def flip(text): return os.read(3, 1)",
            "raises for ever": "def flip(text):\n    while True:\n        try: raise SystemExit\n        except BaseException: pass",
            "comparison that never ends": "class C(str):\n    def __eq__(self, other):\n        while True: pass\n"
            "    __hash__ = lambda self: 1\ndef flip(text): return {C('a'): 1, C('b'): 2}",
            "regular expression": "import re\ndef flip(text): return re.match('(a|a)*$', 'a' * 40 + 'b')",
            "endless output": "def flip(text):\n    while True: print('x' * 10000)",
            "message that never ends": "class E(Exception):\n    def __str__(self):\n        while True: pass\n"
            "def flip(text): raise E",
            "finalizer that revives itself": "class C:\n    def __del__(self): C()\ndef flip(text):\n    while True: C()",
            "sum of a huge range": "def flip(text): return sum(range(10**12))",
            "search in a huge range": "def flip(text): return object() in range(10**12)",
            "count down in C": "from collections import deque\nfrom itertools import repeat\n"
            "def flip(text): return deque(repeat(1), maxlen=0)",
            "collisions in a dict": "def flip(text): return len({i * (2**61 - 1): 0 for i in range(10**5)})",
            "quadratic int": "import math\ndef flip(text): return str(math.factorial(10**6))",
            "quadratic text": "def flip(text):\n    s = 'ab' * 10**6\n    return [s.replace('a', 'ac').count('ca') for _ in range(10**4)]",
            "permutations": "from itertools import permutations\ndef flip(text): return sorted(map(hash, permutations(range(14))))[0]",
            "edit distance of long texts": "import difflib\n"
            "def flip(text): return difflib.SequenceMatcher(None, 'ab' * 9999, 'ba' * 9999, False).ratio()",
            "decimal of many digits": "from decimal import Decimal, getcontext\ndef flip(text):\n"
            "    getcontext().prec = 10**6\n    return str(Decimal(2).sqrt() ** Decimal('0.3'))",
            "fraction that grows": "from fractions import Fraction\ndef flip(text):\n    x = Fraction(1, 3)\n"
            "    while True: x = x * x + Fraction(1, 7)",
        },
    ),
    *group(
        ANYHOW | LOADS,
        {
            "sleeps through the library": "import datetime\nimport time\ndef flip(text): time.sleep(99)",
            "sleeps in every call": OS + "def flip(text): os.sys.modules['time'].sleep(9)",
            "waits for a lock": OS + "lock = os.sys.modules['_thread'].allocate_lock()\n"
            "def flip(text):\n    while lock.acquire(): pass\n    lock.acquire(True, 9)",
            "closes its socket and lives on": OS + "def flip(text):\n    os.close(3)\n    while True: pass",
            "closes its socket and sleeps": OS + "def flip(text):\n    os.close(3)\n    while True: os.sys.modules['time'].sleep(9)",
            "closes all it has": OS + "os.closerange(0, 64)\ndef flip(text):\n    while True: pass",
            "imports a long path": "import re" + ".a" * 330 + "\ndef flip(text): return text[:1]",
            "imports an endless path": "import re" + ".a" * 7000 + "\ndef flip(text): return text[:1]",
            "imports many names": "from unicodedata import " + ", ".join(f"N{i}" for i in range(2000))
            + "\ndef flip(text): return text[:1]",
            "imports many modules": "\n".join(f"import re.n{i}" for i in range(900)) + "\ndef flip(text): return text[:1]",
            "imports a name that is no text": "import re.\u0430\u0301, json.\U00010900\ndef flip(text): return text[:1]",
            "waits for descriptors": flip("load('select').select([], [], [], 9)", LOAD),
            "waits for a signal for a while": flip("load('_signal').sigtimedwait([10], 9)", LOAD),
            "waits for its clock": flip("load('_signal').setitimer(0, 9)\nload('_signal').pause()", LOAD),
            "asks for what nobody sends": OS + "def flip(text):\n    while os.read(3, 1): pass",
        },
    ),
    *group(
        ANYHOW,
        {
            "ignores signals": HOST
            + "def flip(text):\n"
            + "    signal = host_globals()['builtins'].__import__('_signal')\n"
            + "    for n in range(1, 30):\n"
            + "        try: signal.signal(n, signal.SIG_IGN)\n"
            + "        except OSError: pass\n"
            + "    while True: pass",
            "poll without end": flip("load('select').poll().poll()", LOAD),
            "waits for a signal": flip("load('_signal').pause()", LOAD),
            "stopped by its own lock": flip("lock = load('_thread').allocate_lock()\nlock.acquire()\nlock.acquire()", LOAD),
            "spins in a destructor at exit": "import math\nclass C:\n    def __del__(self):\n        while True: pass\n"
            "math.last = C()\ndef flip(text): raise SystemExit",
            "blocks every signal": flip("load('_signal').pthread_sigmask(0, range(1, 65))\nwhile True: pass", LOAD),
            "stops itself": OS + "def flip(text): return os.kill(os.getpid(), 19)",
            "memory bomb": "def flip(text):\n    hoard = []\n    while True: hoard.append(bytearray(2**24))",
            "one huge object": "def flip(text): return 'x' * 2**40",
            "huge power": "def flip(text): return 9 ** 9 ** 9",
            "deep recursion": "def flip(text): return flip(text + text[:1])",
            "deep nesting": "def flip(text):\n    x = []\n    for _ in range(100000): x = [x]\n    return x",
            "deep repr": "def flip(text):\n    x = []\n    for _ in range(100000): x = [x]\n    return repr(x)",
            "endless iterator": "import itertools\ndef flip(text): return list(itertools.count())",
            "fork bomb": OS + "def flip(text):\n    while True: os.fork()",
            "daemon": OS
            + "def flip(text):\n    if os.fork() == 0:\n        os.setsid()\n        os.fork()\n    return text[:1]",
            "threads": HOST
            + "def flip(text):\n"
            + "    start = host_globals()['builtins'].__import__('_thread').start_new_thread\n"
            + "    while True: start(flip, (text,))",
            "kills everybody": OS + "def flip(text): return os.kill(-1, 9)",
            "kills the host": OS + "def flip(text): return os.kill(os.getppid(), 9)",
            "kills its group": OS + "def flip(text): return os.killpg(0, 9)",
            "finalizer that never ends": "class C:\n    def __del__(self):\n        while True: pass\ndef flip(text):\n    C()",
            "many small objects": "def flip(text):\n    hoard = []\n    while True: hoard = [hoard, text]",
            "memory from a memory error": "def flip(text):\n    hoard = []\n    while True:\n"
            "        try: hoard.append('x' * 2**22)\n        except MemoryError: hoard.append(hoard[:])",
            "recursion in C": "import functools\ndef flip(text):\n    f = len\n"
            "    for _ in range(10**5): f = functools.partial(functools.partial, f)\n    return repr([f])[:0] or hash(f)",
            "deep chain of iterators": "import itertools\ndef flip(text):\n    x = iter(text)\n"
            "    for _ in range(10**5): x = itertools.chain(x)\n    return list(x)",
            "deep chain of exceptions": "def flip(text):\n    error = None\n    for _ in range(10**5):\n"
            "        new = ValueError()\n        new.__context__ = error\n        error = new\n    raise error",
            "recursion limit raised": flip("sys.setrecursionlimit(10**9)\nreturn flip(text)", LOAD),
            "small thread stacks": flip(
                "t = load('_thread')\nt.stack_size(32768)\nwhile True: t.start_new_thread(flip, (text,))", LOAD
            ),
            "format of huge width": "def flip(text): return f'{text:>{2**33}}'",
            "permanent descriptors": flip("for _ in range(10**6): os.dup(3)", OS),
            "pipe filled": flip("read, write = os.pipe()\nwhile True: os.write(write, bytes(4096))", OS),
            "decompression bomb": flip(
                "z = load('zlib')\nbomb = z.compress(z.compress(bytes(10**7)) * 20)\n"
                "hoard = []\nwhile True: hoard.append(z.decompress(z.decompress(bomb)[:9752]))",
                LOAD,
            ),
            "huge array": "from array import array\ndef flip(text): return len(array('Q', [0]) * 2**34)",
            "huge memory map": flip("return len(load('mmap').mmap(-1, 2**36))", LOAD),
            "alarm storm": flip(
                "s = load('_signal')\ns.signal(14, lambda *a: None)\ns.setitimer(0, 1e-6, 1e-6)\nwhile True: pass", LOAD
            ),
            "message of many megabytes": "def flip(text): raise ValueError('x' * 10**7)",
            "class name of many megabytes": "def flip(text): raise type('x' * 10**7, (Exception,), {})",
            # a constant that is not there: whatever lies in memory beside the table of constants
            "crafted bytecode": flip(
                "op = load('opcode').opmap\ncode = getattr(flip, '__co{}__'.format('de'))\n"
                "code = code.replace(co_consts=(None,), co_code=bytes((op['RESUME'], 0, op['LOAD_CONST'], 200, op['RETURN_VALUE'], 0)))\n"
                "return str(type(flip)(code, {})(text))",
                LOAD,
            ),
            "many warnings": flip("for i in range(10**5): load('warnings').warn(str(i))", LOAD),
            "crowd of generators": "def flip(text):\n    g = iter(())\n    for _ in range(10**5):\n"
            "        g = (x for x in [g])\n    return sum(1 for _ in g)",
        },
    ),
    *group(
        RUNS | LOADS | HANGS | DIES,
        {
            "compile bomb": "def flip(text): return " + "-" * 20000 + "1",
            "compile bomb of brackets": "def flip(text): return " + "(" * 150 + "text" + ")" * 150 + "\n" + "x = [" * 5000,
            "compile bomb of constants": "def flip(text): return ((((1,) * 200,) * 200,) * 200,) * 200",
            "compile bomb of text": "def flip(text): return text[:1]\nx = lambda: (('x' * 4000,) * 200,) * 200",
            "compile bomb of blocks": "def flip(text):\n" + "".join("  " * i + "  if text:\n" for i in range(90)) + "  " * 91 + "return 1",
            "compile bomb of names": "def flip(text): return text[:1]\n" + "\n".join(f"v{i} = v{i // 2}" if i else "v0 = 0" for i in range(3000)),
            "compile bomb of digits": "def flip(text): return " + "9" * 4000,
        },
    ),
    *group(
        RUNS | GARBLED,
        {
            "oversize reply": "def flip(text): return (text + 'x') * 100000",
            "reply of many small parts": "def flip(text): return [[]] * 10**5",
            "reply that shares itself": "def flip(text):\n    x = [text]\n    for _ in range(14): x = [x, x]\n    return x",
        },
    ),
)  # fmt: skip

# escape: files

READ_FILES = {
    f"reads {what}": flip(f"return read({path})", OS, OPEN, OTHER)
    for what, path in {
        "the password file": "'/etc/passwd'",
        "the bug file": repr(BUG_FILE),
        "the bug file by a way round": repr("/usr/.." + BUG_FILE),
        "its own environment in proc": "'/proc/self/environ'",
        "its own memory map": "'/proc/self/maps'",
        "the command line of its parent": "f'/proc/{other()}/cmdline'",
        "the environment of its parent": "f'/proc/{other()}/environ'",
        "the mounts": "'/proc/self/mountinfo'",
        "kernel addresses": "'/proc/kallsyms'",
        "a device": "'/dev/zero'",
        "the kernel log": "'/dev/kmsg'",
        "its cgroup": "'/proc/self/cgroup'",
        "the name of the machine": "'/etc/hostname'",
    }.items()
}
MAKE_FILES = {
    f"makes {what}": flip(f"return make(lambda name: {maker})", LOAD, MAKE)
    for what, maker in {
        "a file": "os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))",
        "a folder": "os.mkdir(name)",
        "a fifo": "os.mkfifo(name)",
        "a symbolic link": "os.symlink('x', name)",
        "a hard link": "os.link(sys.executable, name)",
        "a device": "os.mknod(name, 0o020600, os.makedev(1, 3))",
        "a plain node": "os.mknod(name, 0o100600)",
        "a unix socket": "load('_socket').socket(1, 1).bind(name)",
        "a data base": "load('_sqlite3').connect(name).executescript('create table t(x)')",
        "a dbm file": "load('_gdbm').open(name, 'n')",
    }.items()
}
# POSIX and System V objects outlive their process without any file of ours
OBJECTS = {
    "opens shared memory": flip(
        """
        name = "/debugarena-" + str(os.getpid())
        shm = load("_posixshmem")
        shm.shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
        shm.shm_unlink(name)
        return "ESCAPED"
        """,
        LOAD,
    ),
    "makes a named semaphore": flip(
        """
        m, name = load("_multiprocessing"), "/debugarena-" + str(os.getpid())
        m.SemLock(1, 1, 1, name, True)
        return "ESCAPED"
        """,
        LOAD,
    ),
    "makes a system v shared memory": raw("works('shmctl', syscall('shmget', 0, 4096, 0o1600), 0, 0)", SYSCALL),
    "makes a system v semaphore": raw("works('semctl', syscall('semget', 0, 1, 0o1600), 0, 0)", SYSCALL),
    "makes a system v message queue": raw("works('msgctl', syscall('msgget', 0, 0o1600), 0, 0)", SYSCALL),
    "opens a posix message queue": raw("reached('mq_open', b'nobody-made-this-one\\0', 0, 0, 0)", SYSCALL),
}
OTHER_FILES = {
    "opens a file with no name": flip(
        """
        for folder in (".", "/tmp", "/dev/shm", "/"):
            try: os.write(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600), b"x")
            except OSError: continue
            return "ESCAPED " + folder
        """,
        OS,
    ),
    "memory file": flip("os.write(os.memfd_create('x'), b'x')\nreturn 'ESCAPED'", OS),
    "memory file by system call": raw("works('memfd_create', b'x\\0', 0)", SYSCALL),
    "secret memory file": raw("works('memfd_secret', 0)", SYSCALL),
    "opens through _io": flip("return 'ESCAPED' + load('_io').open('/etc/passwd').read(9)", LOAD),
    "opens raw through _io": flip("return 'ESCAPED' + str(load('_io').FileIO('/etc/passwd').read(9))", LOAD),
    "opens as code": flip("return 'ESCAPED' + str(load('_io').open_code('/etc/passwd').read(9))", LOAD),
    "reads through an importer": flip(
        "loader = load('_frozen_importlib_external').SourceFileLoader('x', '/etc/passwd')\n"
        "return 'ESCAPED' + str(loader.get_data('/etc/passwd')[:9])",
        LOAD,
    ),
    "reads through linecache": flip("line = load('linecache').getline('/etc/passwd', 1)\nif line: return 'ESCAPED' + line", LOAD),
    "reads the password file through libc": flip("if load('pwd').getpwall(): return 'ESCAPED'", LOAD),
    "reads the groups through libc": flip("if load('grp').getgrall(): return 'ESCAPED'", LOAD),
    "maps a file": flip("return 'ESCAPED' + str(load('mmap').mmap(os.open('/etc/passwd', 0), 9, access=1)[:9])", LOAD),
    "opens by a second form": raw(f"works('openat2', -100, {BUG_BYTES!r}, words(0, 0, 0), 24)", SYSCALL),
    "opens by libc": flip(
        f"if 0 <= function(symbol('open'), {BUG_BYTES!r}, 0, 0) < 2**31: return 'ESCAPED'", LOAD, SYSCALL
    ),
    "opens for the path alone": flip("os.open('/etc', os.O_PATH)\nreturn 'ESCAPED'", OS),
    "climbs out of its root": flip("return read('../' * 30 + 'etc/passwd')", OS, OPEN),
    "changes its root": flip("os.chroot('.')\nreturn 'ESCAPED'", OS),
    "climbs by a folder it holds": flip(
        """
        for fd in range(256):
            try: return "ESCAPED " + str(os.listdir(os.open("../" * 30 + "etc", 0, dir_fd=fd)))
            except OSError: pass
        """,
        OS,
    ),
    "lists the homes": flip(
        """
        for folder in ("/home", "/root", "/work", "/Users"):
            try: found = [name for name in os.listdir(folder) if name not in random.__file__]
            except OSError: continue
            if found: return "ESCAPED " + str(found)
        """,
        OS,
    ),
    "asks whether a file is there": flip("if os.access('/etc/passwd', 4): return 'ESCAPED'", OS),
    "asks how long the bug file is": flip(f"return 'ESCAPED ' + str(os.stat({BUG_FILE!r}).st_size)", OS),
    "opens its descriptors anew": flip("os.open('/proc/self/fd/0', 0)\nreturn 'ESCAPED'", OS),
    "steps through proc to the real root": flip("return read(f'/proc/{other()}/root/etc/passwd')", OS, OPEN, OTHER),
    "opens the memory of init": flip("os.open('/proc/1/mem', 0)\nreturn 'ESCAPED'", OS),
    "opens the memory of its parent": flip("os.open(f'/proc/{other()}/mem', os.O_RDWR)\nreturn 'ESCAPED'", OS, OTHER),
    "writes to its memory through proc": flip("os.open('/proc/self/mem', os.O_RDWR)\nreturn 'ESCAPED'", OS),
    "writes to the library": flip("os.open(random.__file__, os.O_WRONLY)\nreturn 'ESCAPED'", OS),
    "changes the rights of the library": flip("os.chmod(random.__file__, os.stat(random.__file__).st_mode)\nreturn 'ESCAPED'", OS),
    "changes the times of the library": flip("s = os.stat(random.__file__)\nos.utime(random.__file__, ns=(s.st_atime_ns, s.st_mtime_ns))\nreturn 'ESCAPED'", OS),
    "marks the library": flip("os.setxattr(random.__file__, 'user.debugarena', b'')\nos.removexattr(random.__file__, 'user.debugarena')\nreturn 'ESCAPED'", OS),
    "opens a terminal": flip("os.openpty()\nreturn 'ESCAPED'", OS),
    "types into the terminal": flip(
        """
        for fd in (0, 1, 2, 3):
            try: load("fcntl").ioctl(fd, 0x5412, b" ")
            except OSError: continue
            return "ESCAPED"
        """,
        LOAD,
    ),
    "opens its terminal": flip("os.open('/dev/tty', os.O_RDWR)\nreturn 'ESCAPED'", OS),
    "core dump": flip(
        "r = load('resource')\nr.setrlimit(r.RLIMIT_CORE, (1, 1))\nif r.getrlimit(r.RLIMIT_CORE)[0]: return 'ESCAPED'", LOAD
    ),
    "keeps its traceback in a file": flip("return make(lambda name: load('faulthandler').enable(load('_io').open(name, 'x')))", LOAD, MAKE),
}  # fmt: skip

# escape: sockets
SOCKETS = {
    f"opens a socket, {name}": flip(f"load('_socket').socket({family}, {kind}, {protocol})\nreturn 'ESCAPED'", LOAD)
    for name, (family, kind, protocol) in {
        "inet stream": (2, 1, 0),
        "inet datagram": (2, 2, 0),
        "inet raw": (2, 3, 1),
        "inet6": (10, 1, 0),
        "unix": (1, 1, 0),
        "netlink": (16, 3, 0),
        "packet": (17, 3, 768),
        "vsock": (40, 1, 0),
        "alg": (38, 5, 0),
        "bluetooth": (31, 3, 1),
        "can": (29, 3, 1),
        "tipc": (30, 1, 0),
        "xdp": (44, 3, 0),
    }.items()
} | {
    "binds an abstract socket": flip("load('_socket').socket(1, 2).bind('\\0debugarena')\nreturn 'ESCAPED'", LOAD),
    "opens a socket by system call": raw("works('socket', 2, 1, 0)", SYSCALL),
    "opens a vsock by system call": raw("works('socket', 40, 1, 0)", SYSCALL),
    "asks for a host's address": flip("if load('_socket').getaddrinfo('example.org', 80): return 'ESCAPED'", LOAD),
    "asks for the network's interfaces": flip("if len(load('_socket').if_nameindex()) > 1: return 'ESCAPED'", LOAD),
    "asks who is at the other end": flip(
        "s = load('_socket').socket(fileno=3)\npid = int.from_bytes(s.getsockopt(1, 17, 12)[:4], 'little')\n"
        "s.detach()\nif pid: os.kill(pid, 0)\nif pid: return 'ESCAPED'",
        LOAD,
    ),
    "takes descriptors from its socket": flip(
        "s = load('_socket').socket(fileno=3)\ngot = s.recvmsg(0, 999, 0x42)[1]\ns.detach()\nif got: return 'ESCAPED'",
        LOAD,
    ),
}  # fmt: skip

# escape: other processes, programs, threads
PROCESSES = {
    "signals its parent": flip("os.kill(other(), 0)\nreturn 'ESCAPED'", OS, OTHER),
    "signals all": flip("os.kill(-1, 0)\nreturn 'ESCAPED'", OS),
    "signals init": flip("if os.getpid() != 1: os.kill(1, 0); return 'ESCAPED'", OS),
    "signals the group of its parent": flip("if os.getpgid(other()) != os.getpgrp(): os.killpg(os.getpgid(other()), 0); return 'ESCAPED'", OS, OTHER),
    "signals by system call": raw("works('tgkill', other(), other(), 0)", SYSCALL, OTHER),
    "queues a signal": raw("works('rt_sigqueueinfo', other(), 0, words(0, -1, 0, 0) * 4)", SYSCALL, OTHER),
    "signals by descriptor": flip("load('_signal').pidfd_send_signal(os.pidfd_open(other()), 0)\nreturn 'ESCAPED'", LOAD, OTHER),
    "signals by descriptor, by system call": raw("works('pidfd_send_signal', syscall('pidfd_open', other(), 0), 0, 0, 0)", SYSCALL, OTHER),
    "signals by the terminal": flip("load('fcntl').fcntl(3, 8, other())\nload('fcntl').fcntl(3, 8, 0)\nreturn 'ESCAPED'", LOAD, OTHER),
    "takes a descriptor of its parent": raw("works('pidfd_getfd', syscall('pidfd_open', other(), 0), 0, 0)", SYSCALL, OTHER),
    "traces its parent": raw("works('ptrace', 0x4206, other(), 0, 0)", SYSCALL, OTHER),
    "has itself traced": raw("works('ptrace', 0, 0, 0, 0)", SYSCALL),
    "reads its parent's memory": raw(
        "reached('process_vm_readv', other(), words(bytes_at(bytes(64)), 8), 1, words(bytes_at(bytes(64)), 8), 1, 0)", SYSCALL, OTHER
    ),
    "reads its own memory as another's": raw(
        "works('process_vm_readv', os.getpid(), words(bytes_at(bytes(64)), 8), 1, words(bytes_at(bytes(64)), 8), 1, 0)", SYSCALL
    ),
    "writes nothing into its parent's memory": raw("works('process_vm_writev', other(), 0, 0, 0, 0, 0)", SYSCALL, OTHER),
    "compares itself with its parent": raw("works('kcmp', os.getpid(), other(), 1, 0, 0)", SYSCALL, OTHER),
    "asks for its parent's locks": raw("works('get_robust_list', other(), bytes(64), bytes(64))", SYSCALL, OTHER),
    "asks for its parent's pages": raw("works('move_pages', other(), 0, 0, 0, 0, 0)", SYSCALL, OTHER),
    "changes its parent's priority": flip("os.setpriority(0, other(), os.getpriority(0, other()))\nreturn 'ESCAPED'", OS, OTHER),
    "changes its parent's scheduler": flip("os.sched_setscheduler(other(), os.sched_getscheduler(other()), os.sched_param(0))\nreturn 'ESCAPED'", OS, OTHER),
    "changes its parent's processors": flip("os.sched_setaffinity(other(), os.sched_getaffinity(other()))\nreturn 'ESCAPED'", OS, OTHER),
    "changes its parent's limits": flip("r = load('resource')\nr.prlimit(other(), 7, r.prlimit(other(), 7))\nreturn 'ESCAPED'", LOAD, OTHER),
    "looks for its neighbours": flip("if [pid for pid in os.listdir('/proc') if pid.isdigit() and int(pid) != os.getpid()]: return 'ESCAPED'", OS),
    "forks": flip("if os.fork() == 0: os._exit(0)\nreturn 'ESCAPED'", OS),
    "forks for a terminal": flip("if os.forkpty()[0] == 0: os._exit(0)\nreturn 'ESCAPED'", OS),
    "forks by system call": flip("pid = syscall('clone', 17, 0, 0, 0, 0)\nif pid == 0: os._exit(0)\nreturn 'ESCAPED'", LOAD, SYSCALL),
    "forks by the newer system call": flip("pid = syscall('clone3', words(0, 0, 0, 0, 17, 0, 0, 0), 64)\nif pid == 0: os._exit(0)\nreturn 'ESCAPED'", LOAD, SYSCALL),
    "starts a thread": flip("load('_thread').start_new_thread(print, ('ESCAPED',))\nload('time').sleep(0.01)\nreturn 'ESCAPED'", LOAD),
    "starts a second interpreter": flip(
        "x = load('_xxsubinterpreters')\nx.run_string(x.create(), \"import os; os.open('/etc/passwd', 0)\")\nreturn 'ESCAPED'", LOAD
    ),
    "becomes another program": flip("os.execv('/bin/echo', ['echo', 'ESCAPED'])", OS),
    "becomes Python": flip("os.execv(sys.executable, ['python', '-S', '-c', 'print(\"ESCAPED\")'])", LOAD),
    "becomes a memory file": flip("fd = os.memfd_create('x', 0)\nos.write(fd, b'#!/bin/echo ESCAPED\\n')\nos.execve(fd, ['x'], {})", OS),
    "becomes the loader": flip(
        "for machine in ('x86-64', 'aarch64'):\n    try: os.execv(f'/lib64/ld-linux-{machine}.so.2', ['ld', '/bin/echo', 'ESCAPED'])\n    except OSError: pass", OS
    ),
    "becomes a program by system call": flip(
        "argv = words(bytes_at(b'echo\\0'), bytes_at(b'ESCAPED\\0'), 0)\nsyscall('execveat', -100, b'/bin/echo\\0', argv, words(0), 0)", LOAD, SYSCALL
    ),
    "runs a shell": flip("os.system('echo ESCAPED')", OS),
    "opens a pipe to a shell": flip("return os.popen('echo ESCAPED').read()", OS),
    "spawns a program": flip("os.posix_spawn('/bin/echo', ['echo', 'ESCAPED'], {})\nreturn 'ESCAPED'", OS),
    "starts a process the way subprocess does": flip(
        "load('_posixsubprocess').fork_exec([b'echo', b'ESCAPED'], (b'/bin/echo',), True, (), None, None,"
        " -1, -1, -1, -1, -1, -1, *os.pipe(), False, False, 0, None, None, None, -1, None, False)\nreturn 'ESCAPED'", LOAD
    ),
    "starts a process with subprocess": flip("return load('subprocess').check_output(['echo', 'ESCAPED'], text=True)", LOAD),
    "runs a shell by libc": flip("function(symbol('system'), b'echo ESCAPED\\0')", LOAD, SYSCALL),
    "loads a library": flip("C = load('_ctypes')\nfor n in ('libanl.so.1', 'libnss_compat.so.2', 'libmemusage.so', 'libpcprofile.so'):\n"
                            "    try: C.dlopen(n, 2)\n    except OSError: continue\n    return 'ESCAPED'", LOAD),
}  # fmt: skip

# escape: rights and the kernel. `reached` where the call alone is too much, `works` where only its success is
RIGHTS = {
    "raises its limits": flip(
        """
        r = load("resource")
        for name in ("NPROC", "NOFILE", "FSIZE", "AS", "CPU"):
            which = getattr(r, "RLIMIT_" + name)
            soft, hard = r.getrlimit(which)
            if hard == -1: return "ESCAPED no limit " + name
            try: r.setrlimit(which, (soft, hard + 1))
            except (OSError, ValueError): continue
            return "ESCAPED " + name
        """,
        LOAD,
    ),
    "becomes root": flip("os.setuid(0)\nreturn 'ESCAPED'", OS),
    "becomes root by halves": flip("os.setreuid(-1, 0)\nreturn 'ESCAPED'", OS),
    "joins the group of root": flip("os.setresgid(0, 0, 0)\nreturn 'ESCAPED'", OS),
    "joins other groups": flip("os.setgroups([0])\nreturn 'ESCAPED'", OS),
    "is root all along": flip("if 0 in os.getresuid() + os.getresgid(): return 'ESCAPED'", OS),
    "becomes root by system call": raw("works('setuid', 0)", SYSCALL),
    "takes a capability": raw("works('capset', words(0x20080522), words(1 << 21 | 1 << 53, 0, 0))", SYSCALL),
    "takes an ambient capability": raw("works('prctl', 47, 2, 21, 0, 0)", SYSCALL),
    "makes itself dumpable": raw("works('prctl', 4, 1, 0, 0, 0)", SYSCALL),
    "keeps its capabilities": raw("works('prctl', 8, 1, 0, 0, 0)", SYSCALL),
    "lets anyone trace it": raw("works('prctl', 0x59616D61, -1, 0, 0, 0)", SYSCALL),
    "outlives its parent's orders": raw("works('prctl', 36, 1, 0, 0, 0)", SYSCALL),
    "cancels its death with its parent": raw("works('prctl', 1, 0, 0, 0, 0)", SYSCALL),
    "leaves its session": flip("os.setsid()\nreturn 'ESCAPED'", OS),
    "takes a higher priority": flip("os.nice(-5)\nreturn 'ESCAPED'", OS),
    "takes a real-time scheduler": flip("os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))\nreturn 'ESCAPED'", OS),
    "locks its memory": flip("if not function(symbol('mlockall'), 1): return 'ESCAPED'", LOAD, SYSCALL),
    "listens for other system calls": raw("works('seccomp', 1, 8, words(1, bytes_at(words(0x7FFF000000000006))))", SYSCALL),
    "asks what seccomp can do": raw("works('seccomp', 2, 0, words(0x7FFF0000))", SYSCALL),
    "asks what landlock can do": raw("works('landlock_create_ruleset', 0, 0, 1)", SYSCALL),
    "leaves its user namespace": raw("works('unshare', 0x10000000)", SYSCALL),
    "leaves its mount namespace": raw("works('unshare', 0x20000)", SYSCALL),
    "leaves its net namespace": raw("works('unshare', 0x40000000)", SYSCALL),
    "clones into a user namespace": flip("pid = syscall('clone', 0x10000000 | 17, 0, 0, 0, 0)\nif pid == 0: os._exit(0)\nreturn 'ESCAPED'", LOAD, SYSCALL),
    "enters its parent's namespaces": raw("works('setns', syscall('pidfd_open', other(), 0), 0x4000000)", SYSCALL, OTHER),
    "mounts": raw("reached('mount', b'none\\0', b'/nowhere-at-all\\0', 0, 1 << 18, 0)", SYSCALL),
    "unmounts": raw("reached('umount2', b'/nowhere-at-all\\0', 2)", SYSCALL),
    "opens a file system": raw("works('fsopen', b'tmpfs\\0', 0)", SYSCALL),
    "clones a mount": raw("works('open_tree', -100, b'/\\0', 1)", SYSCALL),
    "pivots its root": raw("reached('pivot_root', b'/nowhere-at-all\\0', b'/nowhere-at-all\\0')", SYSCALL),
    "changes its root by system call": raw("works('chroot', b'/\\0')", SYSCALL),
    "makes a device by system call": flip("if make(lambda name: syscall('mknodat', -100, name.encode() + b'\\0', 0o020600, 0x103)): return 'ESCAPED'", LOAD, MAKE, SYSCALL),
    "asks for a file handle": raw("works('name_to_handle_at', -100, b'/\\0', b'\\x80' + bytes(200), bytes(64), 0)", SYSCALL),
    "opens a file by its handle": raw("reached('open_by_handle_at', -100, b'\\x08\\0\\0\\0\\1\\0\\0\\0' + bytes(8), 0)", SYSCALL),
    "sets up io_uring": raw("works('io_uring_setup', 1, bytes(120))", SYSCALL),
    "sets up bpf": raw("reached('bpf', 0, words(2 | 4 << 32, 4 | 1 << 32) + bytes(96), 72)", SYSCALL),
    "opens a counter": raw("works('perf_event_open', words(1 | 64 << 32, 0) + bytes(48), 0, -1, -1, 0)", SYSCALL),
    "handles page faults": raw("works('userfaultfd', 1)", SYSCALL),
    "adds a key": raw("works('add_key', b'user\\0', b'debugarena\\0', b'x', 1, -1)", SYSCALL),
    "reads its keys": raw("works('keyctl', 0, -3, 1)", SYSCALL),
    "loads a kernel": raw("reached('kexec_load', 0, 0, 0, 1 << 15)", SYSCALL),
    "loads a kernel from a file": raw("reached('kexec_file_load', -1, -1, 0, b'\\0', 0)", SYSCALL),
    "loads a kernel module": raw("reached('init_module', b'x\\0', 0, b'\\0')", SYSCALL),
    "changes its personality": raw("works('personality', 0x40000)", SYSCALL),
    "reads the kernel log by system call": raw("works('syslog', 10, 0, 0)", SYSCALL),
    "names the machine": raw("reached('sethostname', b'x', -1)", SYSCALL),
    "switches accounting": raw("reached('acct', b'/nowhere-at-all\\0')", SYSCALL),
    "swaps": raw("reached('swapon', b'/nowhere-at-all\\0', 0)", SYSCALL),
    "asks for a quota": raw("reached('quotactl', 0x80000100, 0, 0, 0)", SYSCALL),
    "watches all files": raw("works('fanotify_init', 0, 0)", SYSCALL),
    "opens the ports": raw("works('ioperm', 0x80, 1, 1)", SYSCALL),
    "raises its port level": raw("works('iopl', 3)", SYSCALL),
    "writes a descriptor table": raw("works('modify_ldt', 0, bytes(64), 16)", SYSCALL),
    "hangs the terminal up": raw("os.getppid() == 0 and works('vhangup')", SYSCALL),  # on a developer's own terminal it would
    "sets the clock": raw("reached('clock_settime', 0, words(0, 2**40))", SYSCALL),
    "calls with the numbers of x32": raw("numbered(0x40000000 | number('getpid')) > 0", SYSCALL),
    "maps memory that it can run": raw("works('mmap', 0, 4096, 7, 34, -1, 0)", SYSCALL),
    "maps memory that it can run, through mmap": flip("load('mmap').mmap(-1, 4096, prot=7)\nreturn 'ESCAPED'", LOAD),
    "makes its memory executable": raw("works('mprotect', syscall('mmap', 0, 4096, 3, 34, -1, 0), 4096, 5)", SYSCALL),
    "calls through the gate of 32 bits": raw(  # mov eax, 20; int 0x80; ret
        "os.uname().machine == 'x86_64' and run_machine_code(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3') > 0", SYSCALL, CODE_PAGE
    ),
    "runs machine code": raw(  # mov eax, cs; ret
        "os.uname().machine == 'x86_64' and run_machine_code(b'\\x8c\\xc8\\xc3') > 0", SYSCALL, CODE_PAGE
    ).replace("flip.__code__", "getattr(flip, '__co{}__'.format('de'))"),
}  # fmt: skip
# what was left open for it, or left lying about
INHERITED = {
    "inherited descriptors": flip(
        """
        found = []
        for fd in range(3, 4096):
            try: found.append((fd, oct(os.fstat(fd).st_mode)))
            except OSError: pass
        if len(found) > 1: return "ESCAPED " + str(found)  # its own socket is one
        """,
        OS,
    ),
    "descriptors that are files": flip(
        """
        for fd in range(256):
            try: mode = os.fstat(fd).st_mode >> 12
            except OSError: continue
            if mode in (4, 6, 8) or os.isatty(fd): return "ESCAPED " + str(fd)
        """,
        OS,
    ),
    "listens at other descriptors": flip(
        """
        for fd in (0, *range(4, 256)):
            try: data = os.read(fd, 99)
            except OSError: continue
            if data: return "ESCAPED " + str(data)
        """,
        OS,
    ),
    "steals the other children's sockets": flip(
        """
        for fd in range(4, 256):
            try: load("_socket").socket(fileno=fd).detach()
            except OSError: continue
            return "ESCAPED " + str(fd)
        """,
        LOAD,
    ),
    "environment": flip(
        "known = {'PYTHONHASHSEED', 'LC_CTYPE'}\nif os.environ.keys() - known: return 'ESCAPED ' + str(list(os.environ))", OS
    ),
    "environment by libc": flip(
        "for name in (b'HOME', b'PATH', b'USER', b'HF_TOKEN'):\n"
        "    if function(symbol('getenv'), name + b'\\0'): return 'ESCAPED ' + str(name)", LOAD, SYSCALL
    ),
    "looks for the bug in the process": flip(
        """
        for name, module in list(sys.modules.items()):
            if name.startswith(("debugarena", "ruamel", "datasets")): return "ESCAPED " + name
        """,
        LOAD,
    ),
    "imports the trusted side": flip("load('debugarena.benchmark')\nreturn 'ESCAPED'", LOAD),
    "imports an installed package": flip("load('ruamel.yaml')\nreturn 'ESCAPED'", LOAD),
    "imports from a place of its own": flip("sys.path[:] = ['/work', '/tmp', '/']\nload('main')\nreturn 'ESCAPED'", LOAD),
}  # fmt: skip

# escape: roads to the real builtins that no list of names can see; each ends in POWER
ROADS = {
    f"by {name}": flip(f"{body}\nreturn power(os)", POWER, *snippets)
    for name, (body, *snippets) in {
        "a walk over subclasses": (
            "import random\nbase = getattr(object, '__subcl{}__'.format('asses'))\n"
            "wrap = [c for c in base() if c.__name__ == '_wrap_close'][0]\n"
            "g = getattr(wrap.__init__, '__glo{}__'.format('bals'))\n"
            "class os: open, read, fork, _exit = (staticmethod(g[n]) for n in ('open', 'read', 'fork', '_exit'))",
        ),
        "the importer of builtin modules": (
            "base = getattr(object, '__subcl{}__'.format('asses'))\n"
            "os = [c for c in base() if c.__name__ == 'BuiltinImporter'][0].load_module('posix')",
        ),
        "attrgetter": (
            "from operator import attrgetter\nimport collections\n"
            "os = attrgetter('__globals__')(collections.namedtuple)['_sys'].modules['posix']",
        ),
        "object's own getattribute": (
            "import textwrap\nos = object.__getattribute__(textwrap.dedent, '__glo' + 'b' * 1 + 'als__')['re'].enum.sys.modules['posix']",
        ),
        "a formatter's field": (
            "import string\nf = string.Formatter().get_field('0.__globals__', (string.capwords,), {})[0]\n"
            "os = f['_re'].enum.sys.modules['posix']",
        ),
        "positional patterns": (
            "class Meta(type):\n    def __instancecheck__(cls, x): return True\n"
            "class Any(metaclass=Meta): __match_args__ = ('__globals__',)\n"
            "import random\nmatch random.Random.choice:\n    case Any(g): os = g['_os']",
        ),
        "type hints": (
            "import typing\nclass C: pass\n"
            "C.__annotations__ = {'x': \"[__import__('posix')]\"}\n"
            "hint = []\ntry: typing.get_type_hints(C, {'list': hint}, {'seen': hint})\nexcept TypeError: pass\n"
            "C.__annotations__ = {'x': \"seen.append(__import__('posix'))\"}\n"
            "typing.get_type_hints(C, {}, {'seen': hint})\nos = hint[0]",
        ),
        "the fields of a dataclass": (
            "import dataclasses, random\nclass C: pass\n"
            # the field's name is pasted into the source of __eq__, which runs with the real builtins
            "C.__module__ = 'random'\nC.__annotations__ = {\"__class__, __import__('random').__dict__.update(found=__import__('posix'))\": int}\n"
            "dataclasses.dataclass(init=False, repr=False)(C)\nC() == C()\nos = random.found",
        ),
        "a generator's frame": (
            "g = (x for x in ())\nf = getattr(g, 'gi_{}'.format('frame'))\n"
            "os = getattr(f, 'f_{}'.format('builtins'))['__imp{}__'.format('ort')]('posix')",
        ),
        "the frames of an exception": (
            "try: 1 / 0\nexcept ZeroDivisionError as error: f = getattr(error, '__trace{}__'.format('back'))\n"
            "f = getattr(f, 'tb_{}'.format('frame'))\n"
            "while getattr(f, 'f_{}'.format('back')): f = getattr(f, 'f_{}'.format('back'))\n"
            "os = getattr(f, 'f_{}'.format('builtins'))['__imp{}__'.format('ort')]('posix')",
        ),
        "the owner of print": (
            "b = getattr(print, '__se{}__'.format('lf'))\nos = getattr(b, '__imp{}__'.format('ort'))('posix')",
        ),
        "the builtins of a library function": (
            "import textwrap\nos = getattr(textwrap.dedent, '__bui{}__'.format('ltins'))['__imp{}__'.format('ort')]('posix')",
        ),
        "the loader of a module": (
            "import random\nos = getattr(getattr(random, '_o{}'.format('s')), '__lo{}__'.format('ader')).load_module('os')",
        ),
        "a coroutine's frame": (
            "async def c(): pass\nc = c()\nf = getattr(c, 'cr_{}'.format('frame'))\nc.close()\n"
            "os = getattr(f, 'f_{}'.format('builtins'))['__imp{}__'.format('ort')]('posix')",
        ),
        "the object of an attribute error": (
            "import random\nos = None\ntry: getattr(random, '_o{}'.format('s')).nothing\n"
            "except AttributeError as error: os = error.obj",
        ),
        "eval": ("os = host_globals()['__builtins__'].eval('__import__(\"posix\")')", HOST),
        "a second interpreter's gc": ("gc = load('gc')\nos = [m for m in gc.get_objects() if type(m) is type(gc) and m.__name__ == 'posix'][0]", LOAD),
        "marshalled code": (
            "code = getattr(sys.modules['builtins'], 'com{}'.format('pile'))('import posix', 'x', 'ex' + 'ec')\n"
            "code, g = load('marshal').loads(load('marshal').dumps(code)), {'__builtins__': sys.modules['builtins']}\n"
            "type(flip)(code, g)()\nos = g['posix']",
            LOAD,
        ),
        "pickle": ("p = load('_pickle')\nos = p.loads(b'cposix\\nopen\\n.') and sys.modules['posix']", LOAD),
    }.items()
}  # fmt: skip
# escape: what an audit hook does not hear of
UNHEARD = (
    {
        f"asks about a path by {name}": flip(f"return 'ESCAPED ' + str({call})", OS)
        for name, call in {
            "lstat": "os.lstat('/etc/passwd')",
            "statvfs": "os.statvfs('/etc')",
            "pathconf": "os.pathconf('/etc', 'PC_NAME_MAX')",
            "readlink": "os.readlink('/proc/self/exe')",
            "a module of paths": "os.path.getsize('/etc/passwd')",
        }.items()
    }
    | {
        f"asks about its parent by {name}": flip(f"return 'ESCAPED ' + str({call})", LOAD, OTHER)
        for name, call in {
            "its processors": "os.sched_getaffinity(other())",
            "its scheduler": "os.sched_getscheduler(other())",
            "its priority": "os.getpriority(0, other())",
            "its session": "os.getsid(other()) or 1 / 0",
            "its clock": "load('time').clock_gettime(~other() << 3 | 2)",
        }.items()
    }
    | {
        f"changes its own {name}": flip(f"{call}\nreturn 'ESCAPED'", OS)
        for name, call in {
            "priority": "os.setpriority(0, 0, 5)",
            "processors": "os.sched_setaffinity(0, os.sched_getaffinity(0))",
            "scheduler": "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))",
        }.items()
    }
    | {
        f"makes a fifo by {name}": flip(f"{body}\nreturn make(mkfifo)", LOAD, MAKE)
        for name, body in {
            "a copy of a builtin module": "spec = sys.modules['_frozen_importlib'].BuiltinImporter.find_spec('posix')\n"
            "mkfifo = load('_imp').create_builtin(spec).mkfifo",
            "a builtin module begun again": "load('_imp').exec_builtin(load('posix'))\nmkfifo = load('posix').mkfifo",
            "a builtin module forgotten and loaded again": "del sys.modules['posix']\nmkfifo = load('posix').mkfifo",
            "a frozen module forgotten and loaded again": "del sys.modules['os']\nmkfifo = load('os').mkfifo",
            "the importer's own module": "mkfifo = sys.modules['_frozen_importlib_external']._os.mkfifo",
            "the functions that take a folder": "mkfifo = [f for f in os.supports_dir_fd if f.__name__ == 'mkfifo'][0]",
        }.items()
    }
)  # fmt: skip
ESCAPE = (
    *group(
        RUNS | DIES,
        READ_FILES
        | MAKE_FILES
        | OBJECTS
        | OTHER_FILES
        | SOCKETS
        | PROCESSES
        | RIGHTS
        | INHERITED
        | ROADS
        | {
            "subclass walk": "def flip(text):\n"
            "    return [c for c in ().__class__.__base__.__subclasses__() if 'wrap_close' in c.__name__][0].__init__.__globals__",
            "eval by name": "def flip(text): return (__builtins__ if isinstance(__builtins__, dict) else vars(__builtins__))"
            "['ev' + 'al']('text')",
            "import by name": "def flip(text): return __builtins__['__import__']('o' + 's').getcwd()",
        }
        | UNHEARD,
    ),
    *group(
        RUNS | LOADS,
        {
            "importlib": "import importlib\ndef flip(text): return importlib.import_module('os').getcwd()",
            "unknown import": "import numpy\ndef flip(text): return text[:1]",
            "import of everything": "from os import *\ndef flip(text): return 'ESCAPED' + str(read(open('/etc/passwd', 0), 9))",
            "opens with the builtin": "def flip(text): return 'ESCAPED' + open('/etc/passwd').read(9)",
            "reads its standard input": "def flip(text): return 'ESCAPED' + input()",
            "calls the debugger": "def flip(text): return breakpoint()",
        },
    ),
)

# grading: the value lies

LIE = """
class Lie(%s):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __hash__(self): return 0
    def __repr__(self): return '"passed"'
    __str__ = __format__ = hex = __repr__
    def __len__(self): return 9
    def __bool__(self): return True
    def __iter__(self): return iter((Lie(),) * 3)
    def __getitem__(self, key): return Lie()
    def __add__(self, other): return Lie()
    def __getattr__(self, name): return lambda *a, **k: Lie()
    def items(self): return [('x', Lie())]
    def encode(self, *a): return b'v\\t"x"\\t\\t'
def flip(text): return Lie(%s)
"""
LIES = {f"lying {base}": LIE % (base, value) for base, value in {
    "int": "7", "float": "7.0", "complex": "7j", "bytes": "b'x'", "bytearray": "b'x'", "list": "'x'", "tuple": "'x'",
    "dict": "x=1", "set": "'x'", "frozenset": "'x'", "object": "", "Exception": "", "type(Ellipsis) and object": "",
}.items()} | {
    "lying str": "class Lie(str):\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __hash__(self): return 0\n    def __repr__(self): return 'True'\n    def __len__(self): return 8\n"
    "    def __getitem__(self, key): return Lie('x')\n    def encode(self, *a): return b'x'\n"
    "def flip(text): return Lie(text)",
    "always equal": "class Always:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __hash__(self): return 0\ndef flip(text): return Always()",
    "lying class": "class Lie:\n    __class__ = str\n    def __eq__(self, other): return True\ndef flip(text): return Lie()",
    "metaclass": "class M(type):\n    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"
    "    def __instancecheck__(self, other): return True\n    def __subclasscheck__(self, other): return True\n"
    "class Lie(metaclass=M): pass\ndef flip(text): return Lie",
    "metaclass with a lying name": "class M(type):\n    __name__ = property(lambda c: c)\n"
    "    __eq__ = lambda *a: True\n    __hash__ = lambda *a: 0\nclass Lie(metaclass=M): pass\ndef flip(text): return Lie()",
    "metaclass with a lying order": "class M(type):\n    def mro(cls): return [cls, str, object]\n"
    "class Lie(str, metaclass=M):\n    __eq__ = lambda *a: True\n    __hash__ = str.__hash__\ndef flip(text): return Lie(text)",
    "equal members of an enum": "import enum\nclass E(str, enum.Enum):\n    A = 'x'\n    __eq__ = lambda *a: True\n"
    "    __hash__ = str.__hash__\ndef flip(text): return E.A",
    "equal data class": "import dataclasses\n@dataclasses.dataclass(eq=False)\nclass D:\n    x: str\n    __eq__ = lambda *a: True\n"
    "def flip(text): return D(text)",
    "abstract class that takes all": "import abc\nclass A(abc.ABC):\n    __subclasshook__ = classmethod(lambda *a: True)\n"
    "A.register(str)\ndef flip(text): return A()",
    "keys that forge a tag": "class K(str):\n    __hash__ = str.__hash__\n    def __eq__(self, other): return True\n"
    "def flip(text): return {K('$tuple'): [text]}",
    "tag of a forged float": "def flip(text): return {'$float': 'nan'}",
    "text that ends the line": "def flip(text): return text + '\\t\\t\\nv\\t\"x\"\\t\\t'",
    "text that ends the quote": "def flip(text): return '\",\"' + text + '\\\\'",
    "not implemented": "def flip(text): return NotImplemented",
    "the class of text": "def flip(text): return str",
    "generator": "def flip(text):\n    yield text[::-1]",
    "coroutine": "async def flip(text): return text[::-1]",
    "asynchronous generator": "async def flip(text): yield text[::-1]",
    "awaited by a patched close": "class C:\n    def __await__(self): yield 1\ndef flip(text): return C().__await__()",
    "reversed object": "def flip(text): return reversed(text)",
    "list of letters": "def flip(text): return list(text[::-1])",
    "bytes for text": "def flip(text): return text[::-1].encode()",
    "answer in a tuple": "def flip(text): return text[::-1],",
    "all answers at once": "def flip(text): return [text, text[::-1], text.upper()]",
    "nan": "def flip(text): return float('nan')",
    "true": "def flip(text): return True",
    "surrogates": "def flip(text): return '\\ud800' + text",
    "surrogates that meet": "def flip(text): return '\\ud83d' + '\\ude00' + text",
    "null characters": "def flip(text): return text[::-1] + '\\0'",
    "combining characters": "def flip(text): return text[::-1] + '\\u200b'",
    "list in itself": "def flip(text):\n    x = []\n    x.append(x)\n    return x",
    "dict in itself": "def flip(text):\n    x = {}\n    x['x'] = x\n    return x",
    "view of bytes": "def flip(text): return memoryview(text.encode())",
    "int of many digits": "def flip(text): return 10**9000",
    "list that changes while it is read": "class L(list):\n    def __getitem__(self, i):\n        self.append(0)\n        return self\n"
    "def flip(text): return L(text)",
    "dict that changes while it is read": "d = {}\nclass K:\n    def __del__(self): d.clear()\n"
    "def flip(text):\n    d.update({i: str(i) for i in range(99)}, k=K())\n    return d",
    "recursion in repr": "class R:\n    def __repr__(self): return repr(self)\n    __str__ = __repr__\ndef flip(text): raise ValueError(R())",
    "hash that raises": "class H(str):\n    def __hash__(self): raise SystemExit\ndef flip(text): return {H('a')}",
}  # fmt: skip
# the entry point, its arguments, and what the tests are
ENTRIES = {
    "entry point without name": "flip = lambda *a, **k: True",
    "entry point that is a class": "class flip:\n    def __init__(self, text): pass\n    def __eq__(self, other): return True",
    "entry point that makes text": "class flip(str):\n    def __new__(cls, text): return str.__new__(cls, 'x')\n    __eq__ = lambda *a: True",
    "entry point that replaces itself": "def flip(text):\n    global flip\n    flip = lambda text: text\n    return text[:1]",
    "entry point that is an object": "class C:\n    __call__ = __getattr__ = lambda self, *a: self\n    __eq__ = lambda *a: True\nflip = C()",
    "argument changed instead": "def flip(text):\n    text = text[::-1]",
    "argument given back": "def flip(text): return text or 'x'",
    "argument kept for its identity": "seen = {}\ndef flip(text): return seen.setdefault(id(text), text[:1])",
    "hard-coded": "def flip(text): return {'VISIBLEqa': 'aqELBISIV', 'VISIBLEqb': 'bqELBISIV', '': ''}.get(text)",
    "counts its calls": "import math\ndef flip(text):\n    math.n = getattr(math, 'n', 0) + 1\n"
    "    return ['', 'aqELBISIV', 'bqELBISIV', ''][math.n % 4]",
    "counts its calls in a default": "def flip(text, n=[0]):\n    n[0] += 1\n    return ['', 'aqELBISIV', 'bqELBISIV', ''][n[0] % 4]",
    "passes printed": "def flip(text):\n    print('PASSED OK 6 passed all tests passed')\n    return text",
    "passes printed to standard error": flip("os.write(2, b'6 passed in 0.01s')", OS),
    "pytest's way": "def flip(text): return None\ndef pytest_runtest_makereport(*a): return 'passed'",
    "pytest's plug-in": flip("sys.modules['conftest'] = sys.modules['pytest'] = sys", LOAD),
    "assertion error": "def flip(text): raise AssertionError('passed')",
    "raises its answer": "def flip(text): raise StopIteration(text[::-1])",
    "raises a class": "def flip(text): raise KeyError",
    "raises a group": "def flip(text): raise BaseExceptionGroup('g', [SystemExit(0), KeyboardInterrupt()])",
    "raises something that claims to be builtin": "class ValueError(Exception): __module__ = 'builtins'\ndef flip(text): raise ValueError(text)",
    "raises a name with lines": "def flip(text): raise type('E\\t\\t\\nv\\t\"x\"\\t\\t', (Exception,), {})",
    "raises a name of surrogates": "def flip(text): raise type('E\\udc80', (Exception,), {})",
    "raises a name that lies": "class M(type):\n    __name__ = property(lambda c: ['x'])\n"
    "class E(Exception, metaclass=M): pass\ndef flip(text): raise E",
    "raises a name that raises": "class M(type):\n    @property\n    def __name__(c): raise SystemExit\n"
    "class E(Exception, metaclass=M): pass\ndef flip(text): raise E",
    "raises a message that is no text": "class E(Exception):\n    def __str__(self): return 5\ndef flip(text): raise E",
    "raises a message that lies": "class S(str):\n    def __getitem__(self, k): return self\n    startswith = lambda *a: True\n"
    "class E(ImportError):\n    def __str__(self): return S('v\\t')\ndef flip(text): raise E",
}  # fmt: skip
# ends before it is asked, or in the middle
EXITS = {
    "raise SystemExit": "def flip(text): raise SystemExit(0)",
    "a subclass of SystemExit": "class E(SystemExit):\n    code = property(lambda s: 0)\ndef flip(text): raise E",
    "sys.exit": "import sys\ndef flip(text): sys.exit(0)",
    "sys.exit without its name": flip("sys.exit(0)", LOAD),
    "keyboard interrupt": "def flip(text): raise KeyboardInterrupt",
    "generator exit": "def flip(text): raise GeneratorExit",
    "exit hook": HOST
    + "def flip(text):\n"
    + "    host_globals()['builtins'].__import__('atexit').register(print, 'passed')\n"
    + "    raise SystemExit(0)",
    "exit hook that forges": flip("load('atexit').register(os.write, 3, frame(PASS) * 6)\nraise SystemExit(0)", LOAD, FRAME),
    "exit hook that is run at once": flip("a = load('atexit')\na.register(os._exit, 0)\na._run_exitfuncs()", LOAD),
    "display hook": HOST + "def flip(text):\n    host_globals()['sys'].excepthook = print\n    raise SystemExit(0)",
    "exit before the end": OS + "def flip(text): os._exit(0)",
    "exit in the last test": OS + "def flip(text):\n    if text.endswith('f'): os._exit(0)\n    return text",
    "exit after a forged frame": flip("os.write(3, frame(PASS))\nos._exit(0)", OS, FRAME),
    "exit by a signal": flip("os.kill(os.getpid(), 15)", OS),
    "exit by an alarm": flip("s = load('_signal')\ns.signal(14, lambda *a: os._exit(0))\ns.alarm(1)\ns.pause()", LOAD),
    "exit through the profiler": flip("sys.setprofile(lambda *a: os._exit(0))", LOAD),
    "exit from a finalizer": "class C:\n    def __del__(self): raise SystemExit\ndef flip(text): C()",
    "abort": OS + "def flip(text): os.abort()",
    "fault": flip("load('faulthandler')._sigsegv()", LOAD),
}  # fmt: skip
EXITS_AT_LOAD = {
    "exit at import": OS + "def flip(text): return text\nos._exit(0)",
    "SystemExit at import": "def flip(text): return text\nraise SystemExit(0)",
    "entry point that is not one": "flip = 3",
    "entry point missing": "def flop(text): return text[::-1]",
    "entry point taken away": "def flip(text): return text\ndel flip",
    "entry point that is a module": "import math as flip",
    "frame at import": at_load("os.write(3, frame(PASS))", OS, FRAME),
    "frames at import and exit": at_load("os.write(3, frame(PASS) * 6)\nos._exit(0)", OS, FRAME),
    "waits for the requests at import": at_load(
        "for _ in range(6):\n    os.write(3, frame(PASS))\n    os.read(3, 9999)", OS, FRAME
    ),
}
# frames on the socket that the child's own code did not write
FRAMES = {
    "forged frame": OS + FRAME + "def flip(text):\n    os.write(3, frame(PASS))\n    return text",
    "extra frames": OS + FRAME + "def flip(text):\n    os.write(3, frame(PASS) * 6)\n    return text",
    "forged frames and exit": OS + FRAME + "def flip(text):\n    os.write(3, frame(PASS) * 6)\n    os._exit(0)",
    "half a frame": OS + "def flip(text):\n    os.write(3, b'\\x40\\0\\0\\0half')\n    return text",
    "half a frame and a wait": flip("os.write(3, b'\\x40\\0\\0\\0half')\nos.read(3, 9)", OS),
    "half a frame and exit": flip("os.write(3, b'\\x40\\0\\0\\0half')\nos._exit(0)", OS),
    "half a length": flip("os.write(3, b'\\x40')\nos._exit(0)", OS),
    "frame of no length": flip("os.write(3, bytes(4))", OS),
    "frame in drops": flip("for b in frame(PASS): os.write(3, bytes((b,)))\nos.read(3, 1)", OS, FRAME),
    "frame of two gigabytes": OS + "def flip(text):\n    os.write(3, b'\\xff\\xff\\xff\\x7f')\n    return text",
    "frame of minus one": flip("os.write(3, b'\\xff\\xff\\xff\\xff')", OS),
    "frame that is no text": OS + "def flip(text):\n    os.write(3, b'\\3\\0\\0\\0\\xff\\xfe\\xfd')\n    return text",
    "frame of the wrong shape": OS + FRAME + "def flip(text):\n    os.write(3, frame('v'))\n    os._exit(0)",
    "frame of too many calls": flip("os.write(3, frame(PASS + '\\n' + PASS))\nos._exit(0)", OS, FRAME),
    "frame of a load error": flip("os.write(3, frame('load\\t\"ValueError\"\\t\"x\"'))\nos._exit(0)", OS, FRAME),
    "frame of deep brackets": flip("os.write(3, frame('v\\t' + '[' * 60000 + '\\t\\t'))\nos._exit(0)", OS, FRAME),
    "frame with the same key twice": flip("os.write(3, frame('v\\t{\"a\":1,\"a\":2}\\t\\t'))\nos._exit(0)", OS, FRAME),
    "frame with a number of many digits": flip("os.write(3, frame('v\\t' + '9' * 60000 + '\\t\\t'))\nos._exit(0)", OS, FRAME),
    "frame with infinity": flip("os.write(3, frame('v\\tInfinity\\t\\t'))\nos._exit(0)", OS, FRAME),
    "frame with forged tags": OS
    + FRAME
    + "def flip(text):\n    os.write(3, frame('v\\t{\"$complex\":[]}\\t\\t'))\n    os.read(3, 1)",
    "frame with a forged type name": OS
    + FRAME
    + "def flip(text):\n    os.write(3, frame('x\\t5\\t5\\t'))\n    os._exit(0)",
    "frame from a finalizer": FRAME + OS + "import math\nclass C:\n    def __del__(self, write=os.write, data=frame(PASS) * 6): write(3, data)\n"
    "def flip(text):\n    math.last = C()\n    raise SystemExit",
    "frame from a thread": flip("load('_thread').start_new_thread(os.write, (3, frame(PASS) * 6))", LOAD, FRAME),
    "frame from a fork": flip("if os.fork() == 0:\n    os.write(3, frame(PASS))\n    os._exit(0)", OS, FRAME),
    "frame from a signal handler": flip(
        "s = load('_signal')\ns.signal(14, lambda *a: os.write(3, frame(PASS)))\ns.setitimer(0, 0.001)", LOAD, FRAME
    ),
    "frame from a tracer": flip("sys.settrace(lambda *a: os.write(3, frame(PASS)))\nlen(frame(text))", LOAD, FRAME),
    "frame from the profiler": flip("sys.setprofile(lambda f, event, a: event == 'c_call' and a is os.write and a(3, frame(PASS)))", LOAD, FRAME),
    "frame from the collector": flip("gc = load('gc')\ngc.callbacks.append(lambda *a: os.write(3, frame(PASS)))\ngc.collect()", LOAD, FRAME),
    "frame from the standard output": flip(
        "class Out:\n    write = lambda *a: 0\n    def flush(self): os.write(3, frame(PASS))\nsys.stdout = Out()", LOAD, FRAME
    ),
    "frame from an audit hook": flip("sys.addaudithook(lambda e, a: e == 'object.__getattr__' and os.write(3, frame(PASS)))", LOAD, FRAME),
    "frames on every descriptor": flip(
        "for fd in range(256):\n    try: os.write(fd, frame(PASS))\n    except OSError: pass", OS, FRAME
    ),
    "echo of the requests": OS + "def flip(text):\n    while True: os.write(3, os.read(3, 9999))",
    "answers for the host loop": OS
    + FRAME
    + "def flip(text):\n"
    + "    while True:\n"
    + "        os.write(3, frame(PASS))\n"
    + "        os.read(3, int.from_bytes(os.read(3, 4), 'little'))",
    "closes stdout": OS + "def flip(text):\n    os.close(1)\n    os.close(2)\n    return text",
    "closes its socket": OS + "def flip(text):\n    os.close(3)\n    return text",
    "closes all": OS + "def flip(text):\n    os.closerange(0, 99)\n    return text",
    "swaps its socket": OS + "def flip(text):\n    os.dup2(1, 3)\n    return text",
    "swaps its socket for a pipe": flip("os.dup2(os.pipe()[1], 3)", OS),
    "joins its output to its socket": flip("os.dup2(3, 1)\nprint(frame(PASS).decode('latin-1'), end='', flush=True)", OS, FRAME),
    "half-closes its socket": flip("load('_socket').socket(fileno=3).shutdown(1)", LOAD),
    "sends a descriptor instead": flip(
        "s = load('_socket').socket(fileno=3)\ns.sendmsg([frame(PASS)], [(1, 1, (0).to_bytes(4, 'little'))])\ns.detach()", LOAD, FRAME
    ),
    "sends out of band": flip("s = load('_socket').socket(fileno=3)\ns.send(frame(PASS), 1)\ns.detach()", LOAD, FRAME),
    "does not wait on its socket": flip("os.set_blocking(3, False)", OS),
    "shrinks its socket": flip("s = load('_socket').socket(fileno=3)\ns.setsockopt(1, 7, 1)\ns.settimeout(1e-6)\ns.detach()", LOAD),
}  # fmt: skip
# the machinery in its own process, patched
HUNT = """
def anagram(a, b): return type(a) is str and a != b and sorted(a) == sorted(b) and b
def hunt(todo, text):
    seen = set()
    while todo and len(seen) < 9000:
        item = todo.pop()
        if anagram(item, text): return item
        if id(item) in seen: continue
        seen.add(id(item))
        if type(item) is dict: todo += [*item.keys(), *item.values()]
        elif type(item) in (list, tuple, set, frozenset): todo += item
"""
PATCHES = {
    "patches the codec": HOST
    + "def flip(text):\n"
    + "    g = host_globals()\n"
    + "    g['codec'].encode = lambda *a: '\"passed\"'\n"
    + "    g['codec']._encode = lambda *a: '\"passed\"'\n"
    + "    return text",
    "patches the protocol": HOST
    + "def flip(text):\n"
    + "    g = host_globals()\n"
    + "    g['send'] = lambda fd, text: None\n"
    + "    g['run_test'] = lambda *a: 'v\\t\"x\"\\t\\t'\n"
    + "    return text",
    "patches the builtins": HOST
    + "def flip(text):\n"
    + "    b = host_globals()['builtins']\n"
    + "    b.type = b.len = b.str = b.sorted = b.isinstance = lambda *a: True\n"
    + "    return text",
    "patches the module table": HOST + "def flip(text):\n    host_globals()['sys'].modules.clear()\n    return text",
    "trace function": HOST + "def flip(text):\n    host_globals()['sys'].settrace(lambda *a: None)\n    return text",
    "patches every function of its host": flip(
        "for g in all_globals():\n    for name, f in list(g.items()):\n"
        "        if type(f) is type(flip) and g is not flip.__globals__: g[name] = lambda *a, **k: 'v\\t\"x\"\\t\\t'", HOSTS
    ),
    "swaps the code of its host": flip(
        "for g in all_globals():\n    f = g.get('encode') or g.get('run_call')\n    if f: f.__code__ = (lambda *a: '\"x\"').__code__", HOSTS
    ),
    "gives the host other defaults": flip(
        "for g in all_globals():\n    for f in list(g.values()):\n"
        "        if type(f) is type(flip): f.__defaults__, f.__kwdefaults__ = ('x',) * 9, {}", HOSTS
    ),
    "patches quoting": flip("load('_json').encode_basestring_ascii = load('json').encoder.encode_basestring_ascii = lambda s: '\"x\"'\n"
                            "for m in list(sys.modules.values()):\n    if hasattr(m, '_quote'): m._quote = lambda s: '\"x\"'", LOAD),
    "patches os.write": flip("os.write = sys.modules['posix'].write = lambda fd, data: len(data)", LOAD),
    "patches os.write to say passed": flip(
        "w = os.write\nos.write = sys.modules['posix'].write = lambda fd, data: w(fd, frame(PASS)) and len(data)", LOAD, FRAME
    ),
    "patches os.read": flip("os.read = sys.modules['posix'].read = lambda fd, n: bytes(n)", LOAD),
    "patches marshal": flip("load('marshal').loads = lambda data: [('', ('',), {}, False)]", LOAD),
    "patches the order of tests": flip("b = sys.modules['builtins']\nb.list = b.iter = b.range = b.zip = lambda *a: []", LOAD),
    "patches exceptions": flip("b = sys.modules['builtins']\nb.BaseException = b.Exception = b.OSError = KeyError\nraise ValueError", LOAD),
    "patches class building": flip("sys.modules['builtins'].__build_class__ = lambda *a: str", LOAD),
    "poisons the codec's module": flip("sys.modules['codec'] = sys.modules['json'] = sys", LOAD),
    "import hook": flip("class Finder:\n    find_spec = staticmethod(lambda *a: os._exit(0))\nsys.meta_path[:] = [Finder]\nimport difflib", LOAD),
    "path hook": flip("sys.path_hooks[:] = [print]\nsys.path_importer_cache.clear()\nsys.path[:] = ['x']", LOAD),
    "hook of broken finalizers": flip("sys.unraisablehook = print\nclass C:\n    def __del__(self): 1 / 0\nC()", LOAD),
    "digits taken away": flip("sys.set_int_max_str_digits(640)", LOAD),
    "recursion taken away": flip("sys.setrecursionlimit(40)", LOAD),
    "standard output taken away": flip("sys.stdout = sys.stderr = sys.__stdout__ = None", LOAD),
    "collector taken away": flip("gc = load('gc')\ngc.disable()\ngc.freeze()\ngc.set_debug(32)", LOAD),
    "switches of threads taken away": flip("sys.setswitchinterval(9999)", LOAD),
    "frames of the host changed": flip(
        "try: 1 / 0\nexcept ZeroDivisionError as error: f = error.__traceback__.tb_frame.f_back\n"
        "while f:\n    f.f_locals.update(result='x', reply='x', expected=text, call=('', ('',), {}, False))\n"
        "    for v in list(f.f_locals.values()):\n        if type(v) is list: v.append('x')\n    f = f.f_back", LOAD
    ),
    "tracer that jumps": flip(
        "def tracer(frame, *a):\n    try: frame.f_lineno += 3\n    except ValueError: pass\n    return tracer\n"
        "f = sys._getframe().f_back\nwhile f:\n    f.f_trace = tracer\n    f = f.f_back\nsys.settrace(tracer)", LOAD
    ),
    "hunt through frames for the answer": flip(
        "f = sys._getframe().f_back\nwhile f:\n    found = hunt([dict(f.f_locals), dict(f.f_globals)], text)\n"
        "    if found: return found\n    f = f.f_back", LOAD, HUNT
    ),
    "hunt through gc for the answer": flip("return hunt(load('gc').get_objects(), text)", LOAD, HUNT),
    "hunt through modules for the answer": flip("return hunt([vars(m) for m in sys.modules.values()], text)".replace("vars(m)", "m.__dict__"), LOAD, HUNT),
    "hunt through referrers for the answer": flip("gc = load('gc')\nreturn hunt([gc.get_referrers(r) for r in gc.get_referrers(text)], text)", LOAD, HUNT),
    "hunt through memory for the answer": flip(
        "near = function(symbol('memcpy'), KEPT.append(bytes(2**16)) or KEPT[-1], id(text) - 2**15, 2**16)\n"
        "return str(KEPT[-1].count(text[::-1].encode()))", LOAD, SYSCALL
    ),
}  # fmt: skip
GRADING = (
    *group(RUNS, LIES),
    *group(RUNS | LOADS | DIES, ENTRIES),
    *group(ANYHOW | LOADS, EXITS),
    *group(LOADS | ANYHOW, EXITS_AT_LOAD),
    *group(ANYHOW, FRAMES),
    *group(ANYHOW | LOADS, PATCHES),
)

# leaks: what a test saw must not show in another test, in a later run or in the feedback

SHOWN = {
    "walk from a traceback": BY_TRACEBACK,
    "walk from a generator": SEARCH
    + "def flip(text):\n    def walk():\n        yield gen.gi_frame.f_back\n    gen = walk()\n    return search(next(gen))",
    "walk through gc": SEARCH + HOST + "def flip(text):\n"
    "    gc = host_globals()['builtins'].__import__('gc')\n    return search(gc.get_objects())",
    "walk through modules": SEARCH + HOST + "def flip(text): return search(host_globals()['sys'].modules)",
    "walk printed": BY_TRACEBACK.replace("return search(error.__traceback__)", "print(search(error.__traceback__))"),
    "walk raised": BY_TRACEBACK.replace("return search(", "raise ValueError(search(").replace("__)\n", "__))\n"),
    "walk through the current frames": flip("return search(list(sys._current_frames().values()))", LOAD, SEARCH),
    "walk from a coroutine": SEARCH + flip("async def c(): return search(getattr(c_object, 'cr_{}'.format('frame')))\nc_object = c()\n"
                                           "try: c_object.send(None)\nexcept StopIteration as stop: return stop.value"),
    "input printed": "def flip(text):\n    print(text)\n    return text or 'x'",
    "input printed without end of line": "def flip(text):\n    print(text, end='', flush=True)\n    return 'x'",
    "input printed late": "import math\nmath.kept = getattr(math, 'kept', [])\ndef flip(text):\n    math.kept.append(text)\n    print(math.kept)\n    return 'x'",
    "input raised": "def flip(text): raise ValueError(text)",
    "input raised as a cause": "def flip(text): raise ValueError from KeyError(text)",
    "input raised in a note": "def flip(text):\n    error = ValueError()\n    error.add_note(text)\n    raise error",
    "input raised in a group": "def flip(text): raise ExceptionGroup(text, [KeyError(text)])",
    "input as an exit code": "def flip(text): raise SystemExit(text)",
    "input as a class name": "def flip(text): raise type(text or 'x', (Exception,), {})",
    "input as a name not found": "def flip(text): return getattr(flip, text or 'x')",
    "input as an unencodable type": "def flip(text): return type(text or 'x', (), {})()",
    "input as a type inside": "def flip(text): return [{'x': type(text or 'x', (), {})()}]",
    "input as a missing key": "def flip(text): return {}[text or 'x']",
    "input in a syntax error": flip("getattr(sys.modules['builtins'], 'com{}'.format('pile'))(text + '(', text, 'exec')", LOAD),
    "input warned of": flip("load('warnings').warn(text)", LOAD),
    "input in a broken finalizer": "def flip(text):\n    class C:\n        def __del__(self): raise ValueError(text)\n    C()\n    return 'x'",
    "input in a coroutine never awaited": "def flip(text):\n    async def c(): pass\n    c.__qualname__ = text\n    c()\n    return 'x'",
    "input on the real standard output": flip("sys.__stdout__.buffer.write(text.encode())\nsys.__stdout__.flush()", LOAD),
    "bytes on standard error": OS + "def flip(text):\n    os.write(2, text.encode())\n    return text or 'x'",
    "input at exit": flip("load('atexit').register(os.write, 1, text.encode())", LOAD),
    "input from a finalizer at exit": OS + "import math\nclass C:\n    def __del__(self, write=os.write): write(1, self.text.encode())\n"
    "def flip(text):\n    math.last = C()\n    math.last.text = text\n    return 'x'",
    "input in a traceback": flip("load('faulthandler').enable()\nload('faulthandler').dump_traceback()\nraise KeyError(text)", LOAD),
    "input in the system's log": flip("load('syslog').syslog(text)", LOAD),
}  # fmt: skip
# each shows what it finds in the stash, then adds its input; a stash may last as long as one child, no longer
STASHES = {
    f"stash {where}": flip(f"seen = {get or repr('')}\n{put}\nreturn 'seen ' + str(seen)", *snippets)
    for where, (get, put, *snippets) in {
        "in the builtins": ("getattr(print.__self__, 'kept', '')", "print.__self__.kept = seen + text"),
        "in the module table": ("sys.modules.get('kept')", "sys.modules['kept'] = (seen, text)", LOAD),
        "in a library function": ("textwrap.dedent.__dict__.get('kept')", "textwrap.dedent.kept = (seen, text)", "import textwrap"),
        "in the defaults of a library function": (
            "textwrap.indent.__defaults__", "textwrap.indent.__defaults__ = (text,)", "import textwrap"
        ),
        "in random numbers": ("random.getrandbits(64)", "random.seed(text)", "import random"),
        "in the decimal context": ("getcontext().prec", "getcontext().prec = sum(text.encode()) + 1", "from decimal import getcontext"),
        "in the cache of regular expressions": ("[key[1] for key in re._cache]", "re.compile(text)", "import re"),
        "in a cache of the library": (
            "functools.kept.cache_info() if hasattr(functools, 'kept') else ''",
            "functools.kept = getattr(functools, 'kept', functools.lru_cache(str))\nfunctools.kept(text)", "import functools"
        ),
        "in the registry of copies": ("list(copyreg.dispatch_table.values())", "copyreg.dispatch_table[type(text, (), {})] = lambda: text",
                                      LOAD + "copyreg = load('copyreg')"),
        "in an abstract class": ("Sized.__dict__.get('kept')", "Sized.kept = (seen, text)", "from collections.abc import Sized"),
        "in a class of its own": ("type.__subclasses__(Base)", "type(text or 'x', (Base,), {})",
                                  "import math\nclass Base: pass\nBase = math.__dict__.setdefault('Base', Base)"),
        "in the environment": ("os.environ.get('KEPT')", "os.environ['KEPT'] = text", OS),
        "in libc's environment": ("", "os.putenv('KEPT', text)", OS),
        "in the working directory": ("os.getcwd()", "os.mkdir(text or 'x')\nos.chdir(text or 'x')", OS),
        "in the mask of new files": ("os.umask(0)", "os.umask(sum(text.encode()) & 0o777)", OS),
        "in the recursion limit": ("sys.getrecursionlimit()", "sys.setrecursionlimit(200 + sum(text.encode()))", LOAD),
        "in the collector's thresholds": ("load('gc').get_threshold()", "load('gc').set_threshold(700, *text.encode()[7:])", LOAD),
        "in the collector's garbage": ("list(load('gc').garbage)", "load('gc').garbage.append(text)", LOAD),
        "in interned text": ("[sys.intern(own := c * 30) is not own for c in 'bcdef']", "kept = sys.intern(text[-1:] * 30)", LOAD),
        "in a timer": ("load('_signal').getitimer(0)", "load('_signal').setitimer(0, 999 + sum(text.encode()))", LOAD),
        "in a signal's handler": ("load('_signal').getsignal(10)", "load('_signal').signal(10, lambda *a, text=text: text)", LOAD),
        "in the signal mask": ("load('_signal').pthread_sigmask(0, [])", "load('_signal').pthread_sigmask(0, [1 + b % 31 for b in text.encode()])", LOAD),
        "in its name": ("bytes_at and KEPT", "syscall('prctl', 15, text.encode() + b'\\0')", LOAD, SYSCALL),
        "in its priority": ("os.nice(0)", "os.nice(sum(text.encode()) % 5)", OS),
        "in its processors": ("os.sched_getaffinity(0)", "os.sched_setaffinity(0, {sum(text.encode()) % 2})", OS),
        "in a limit": ("load('resource').getrlimit(0)", "load('resource').setrlimit(0, (9 + sum(text.encode()), -1))", LOAD),
        "in a pipe": ("getattr(os, 'kept', None)", "os.kept = os.kept if seen else os.pipe()\nos.write(os.kept[1], text.encode())", OS),
        "in the numbers of descriptors": ("[fd for fd in range(99) if fd_is_open(fd)]", "os.dup2(1, 40 + sum(text.encode()) % 40)",
                                          OS + "def fd_is_open(fd):\n    try: return bool(os.fstat(fd))\n    except OSError: return False"),
        "in the position of its output": ("os.lseek(1, 0, 1)", "os.lseek(1, sum(text.encode()), 0)", OS),
        "in the flags of its socket": ("load('fcntl').fcntl(3, 1)", "load('fcntl').fcntl(3, 2, text != '')", LOAD),
        "in its parent's priority": ("os.getpriority(0, os.getppid())", "os.setpriority(0, os.getppid(), 1)", OS),
        "in a shared memory": ("", "load('_posixshmem').shm_open('/' + text, 64 | 2, mode=384)", LOAD),
        "in a named semaphore": ("", "load('_multiprocessing').SemLock(1, 1, 1, '/' + text, False)", LOAD),
        "in an abstract socket": ("", "load('_socket').socket(1, 2).bind('\\0' + text)", LOAD),
        "in the key ring": ("", "syscall('add_key', b'user\\0', text.encode() + b'\\0', b'x', 1, -3)", LOAD, SYSCALL),
        "in the codecs": ("str(text).encode('kept')", "pass", LOAD + "load('_codecs').register(lambda name: None)"),
        "in the locale": ("load('_locale').setlocale(6)", "load('_locale').setlocale(6, text[:1] and 'C')", LOAD),
        "in a context variable": ("[v.get() for v in load('_contextvars').copy_context()]", "load('_contextvars').ContextVar('kept').set(text)", LOAD),
        "in a thread's locals": ("getattr(local, 'kept', None)", "local.kept = (seen, text)",
                                 LOAD + "local = sys.__dict__.setdefault('local', load('_thread')._local())"),
    }.items()
} | {
    "stash between tests": "import math\ndef flip(text):\n    math.x = getattr(math, 'x', []) + [text]\n    return math.x",
    "stash at load": "import math\nif hasattr(math, 'x'): raise ValueError(math.x)\n"
    "def flip(text):\n    math.x = text\n    return text",
    "stash in a class": "class Stash: seen = []\ndef flip(text):\n    import math\n"
    "    math.Stash = getattr(math, 'Stash', Stash)\n    math.Stash.seen.append(text)\n    return str(math.Stash.seen)",
    "stash in the file system": OS + "def flip(text):\n    name = '/tmp/debugarena-stash'\n"
    "    try:\n        os.symlink(text, name)\n        return 'kept'\n    except OSError: pass\n"
    "    try: return os.readlink(name)\n    except OSError: return 'nothing'",
    "stash in the names of fifos": flip(
        "names = [f'/tmp/debugarena-stash-{n}' for n in range(9)]\nseen = [os.path.exists(name) for name in names]\n"
        "try: os.mkfifo(names[sum(text.encode()) % 9])\nexcept FileExistsError: pass\nreturn str(seen)", OS
    ),
    "stash in the names of nodes": flip(
        "names = [f'/tmp/debugarena-stash-{n}' for n in range(9)]\nseen = [os.access(name, 0) for name in names]\n"
        "try: os.mknod(names[sum(text.encode()) % 9])\nexcept FileExistsError: pass\nreturn str(seen)", OS
    ),
}  # fmt: skip
# what a watcher could measure
SIGNS = {
    "input as a sleep": "import datetime\nimport time\ndef flip(text): time.sleep(sum(text.encode()) % 7 / 100)",
    "input as work": "def flip(text): return sum(1 for _ in range(sum(text.encode()) * 9)) and 'x'",
    "input as memory": "def flip(text): return bytes(sum(text.encode()) * 9999)[:1]",
    "input as the length of the reply": "def flip(text): return 'x' * sum(text.encode())",
    "input as the number of lines": "def flip(text):\n    print('\\n' * sum(text.encode()))\n    return 'x'",
    "input as the choice of an error": "def flip(text): raise [KeyError, ValueError, TypeError][sum(text.encode()) % 3]",
    "input as an exit status": flip("os._exit(sum(text.encode()) % 256)", OS),
    "input as a signal": flip("os.kill(os.getpid(), 1 + sum(text.encode()) % 15)", OS),
    "input as a hang": "def flip(text):\n    while text.endswith('d'): pass\n    return 'x'",
    "input as a broken frame": flip("os.write(3, text.encode())\nos._exit(0)", OS),
    "reads ahead on the socket": OS + FRAME + "def flip(text):\n"
    "    os.set_blocking(3, False)\n    try: ahead = os.read(3, 9999)\n    except BlockingIOError: ahead = b''\n"
    "    os.set_blocking(3, True)\n    return repr(ahead)",
    "peeks ahead on the socket": flip(
        "s = load('_socket').socket(fileno=3)\ntry: return str(s.recv(9999, 0x42))\nfinally: s.detach()", LOAD
    ),
    "takes requests from under the loop": OS + FRAME + "seen = []\ndef flip(text):\n"
    "    for _ in range(2):\n        os.write(3, frame('v\\t\"x\"\\t\\t'))\n        seen.append(os.read(3, 9999).decode('latin-1'))\n"
    "    print(seen)\n    return str(seen)",
}  # fmt: skip
LEAKS = (
    *group(RUNS | DIES, SHOWN),
    *group(RUNS | LOADS | DIES, STASHES),
    *group(ANYHOW, SIGNS),
)

ATTACKS: dict[str, tuple[Attack, ...]] = {
    "exhaustion": EXHAUSTION,
    "escape": ESCAPE,
    "grading": GRADING,
    "leaks": LEAKS,
}
