"""Without a jail: what the audit hook does not hear of is out of a solution's reach, nothing stays behind, and honest
solutions notice nothing. All of it also for a plain user, who has no root of its own to be shut in.

The attacks themselves are in attacks/catalogue.py; "no jail" is one of the set-ups they are tried in.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import PLAIN_USER, START, children_of, plain_python

import debugarena.benchmark.sandbox
from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.grading.grade import grade_codes
from debugarena.benchmark.sandbox import Call, CallOutcome, Execution, Job, Limits, TestInput
from debugarena.benchmark.sandbox.importable import IMPORTABLE_MODULES
from debugarena.benchmark.sandbox.pending_job import PRELOADED
from debugarena.benchmark.values import decode

LINUX = sys.platform.startswith("linux")
TESTS = Path(__file__).parents[2]
# the system without a name that the static check forbids
LEVERS = """
import random
os = getattr(random, "_" + chr(111) + "s")
modules = os.sys.modules
load = getattr(modules["builtins"], "__imp{}__".format("ort"))
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1, jail=False) as own:
        yield own


def job(code: str, argument: Any = "x", limits: Limits | None = None) -> Job:
    tests = (TestInput((Call((argument,)),)),)
    return Job(LEVERS + textwrap.dedent(code), "f", tests, imports=PRELOADED, limits=limits or Limits())


def outcome(execution: Execution) -> CallOutcome:
    (run,) = execution.tests
    assert run.status == "ran", run
    return run.calls[0]


def value(sandbox: Sandbox, code: str, argument: Any = "x") -> Any:
    result = outcome(sandbox.run(job(code, argument)))
    assert result.status == "returned", result
    return decode(result.value)


# --- functions ----------------------------------------------------------------------------

# of the modules that reach the system; all that solutions, the library below them and the runner need
LEFT = {
    "_imp": "_fix_co_filename acquire_lock extension_suffixes find_frozen get_frozen_object is_builtin is_frozen "
    "is_frozen_package lock_held release_lock source_hash",
    "_locale": "_getdefaultlocale getencoding localeconv nl_langinfo setlocale strcoll strxfrm",
    "_signal": "default_int_handler",
    "_thread": "_excepthook get_ident",
    "posix": "_exit _path_normpath _path_splitroot _path_splitroot_ex close fspath read strerror urandom write",
    "resource": "",
    "time": "asctime ctime get_clock_info gmtime localtime mktime monotonic monotonic_ns perf_counter perf_counter_ns "
    "process_time process_time_ns strftime strptime thread_time thread_time_ns time time_ns",
}
# calls that no audit event announces, and the same functions at other places
UNHEARD = [
    "os.mkfifo('x')",
    "modules['posix'].mkfifo('x')",
    "modules['_frozen_importlib_external']._os.mkfifo('x')",
    "os.path.os.mkfifo('x')",
    "os.mknod('x')",
    "os.stat('/')",
    "os.lstat('/')",
    "os.path.getsize('/')",
    "os.access('/', 0)",
    "os.readlink('/proc/self/exe')",
    "os.statvfs('/')",
    "os.pathconf('/', 'PC_NAME_MAX')",
    "os.getcwd()",
    "os.chroot('.')",
    "os.setpriority(0, 0, 3)",
    "os.setpriority(0, os.getppid(), 3)",
    "os.getpriority(0, 1)",
    "os.nice(1)",
    "os.sched_setaffinity(0, {0})",
    "os.sched_getaffinity(1)",
    "os.sched_setscheduler(0, 3, os.sched_param(0))",
    "os.sched_getscheduler(1)",
    "os.getsid(1)",
    "os.getpgid(1)",
    "os.setsid()",
    "os.setuid(os.getuid())",
    "os.umask(0)",
    "os.dup2(1, 9)",
    "os.fstat(0)",
    "os.set_blocking(3, False)",
    "os.sync()",
    "os.getlogin()",
    "os.waitpid(-1, 1)",
    "modules['time'].clock_gettime(~1 << 3 | 2)",
    "modules['time'].pthread_getcpuclockid(modules['_thread'].get_ident())",
    "modules['time'].clock_settime(0, 0)",
    "modules['time'].tzset()",
    "modules['_signal'].pause()",
    "modules['_signal'].alarm(9)",
    "modules['_signal'].setitimer(0, 9)",
    "modules['_signal'].sigtimedwait([10], 9)",
    "modules['_signal'].raise_signal(15)",
    "modules['_signal'].signal(15, 1)",
    "modules['_thread'].start_new_thread(print, ())",
    "modules['_thread'].interrupt_main()",
    "modules['resource'].getrusage(0)",
    "modules['_locale'].bindtextdomain('x', '/')",
    "os.sys.activate_stack_trampoline('perf')",
    "load('_posixsubprocess').fork_exec()",
    "load('_socket').gethostname()",
    "load('select').select([], [], [], 9)",
    "load('fcntl').fcntl(3, 1)",
    "load('faulthandler').dump_traceback_later(9)",
    "load('gc').freeze()",
]


def test_no_call_that_an_audit_hook_does_not_hear_gets_through(sandbox: Sandbox) -> None:
    # a function that the system lacks is no danger there
    attempts = "".join(
        f"    try: got[{call!r}] = repr({call})\n"
        f"    except (PermissionError, ImportError, AttributeError): pass\n"
        f"    except Exception as error: got[{call!r}] = repr(error)\n"
        for call in UNHEARD
    )
    assert value(sandbox, f"def f(x):\n    got = {{}}\n{attempts}    return got") == {}


def test_of_the_functions_that_reach_the_system_these_few_are_left(sandbox: Sandbox) -> None:
    code = """
        def f(names):
            return {n: [k for k, v in modules[n].__dict__.items() if type(v) is type(len)] for n in names}
    """
    found = value(sandbox, code, list(LEFT))
    assert {name: set(functions) - set(LEFT[name].split()) for name, functions in found.items()} == {
        n: set() for n in LEFT
    }
    assert {"read", "write", "close", "_exit"} <= set(found["posix"])


def test_no_function_taken_away_is_alive_anywhere_in_the_process() -> None:
    # nor a lock, which a solution could wait for; also with more modules than are preloaded
    code = """
        import gc, sys
        sys.path[:0] = sys.argv[1:2]
        import child, runner
        kept = [gc.get_objects]  # in a list, where nobody looks
        runner.preload(tuple(sys.argv[2:]))
        lock = type(sys.modules["_thread"].allocate_lock())
        child.take_functions_away()
        for x in kept[0]():
            owner = getattr(x, "__self__", None)
            # the interpreter has a copy of sys for itself
            if type(owner) is type(sys) and owner not in (gc, sys) and not child.is_kept(owner.__name__, x.__name__):
                print(owner.__name__, x.__name__)
            if type(x) is lock and "threading" not in sys.modules:
                print(x)
        print("looked")
    """
    folder = str(Path(debugarena.benchmark.sandbox.__file__).parent)
    for more in ([], ["hashlib", "logging", "pprint", "uuid", "warnings", "zoneinfo"]):
        command = [sys.executable, "-s", "-S", "-B", "-P", "-c", textwrap.dedent(code), folder, *PRELOADED, *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.returncode) == ("looked\n", 0), done.stderr


def test_the_audit_hook_cannot_be_switched_off_through_its_own_frame(sandbox: Sandbox) -> None:
    # from Python 3.13 on, writing to a frame's locals reaches the variables of the function around it
    code = """
        def f(x):
            try:
                f.__code__.replace()
            except PermissionError as error:
                trace = error.__traceback__
            while trace.tb_next:
                trace = trace.tb_next
            trace.tb_frame.f_locals.update({name: () for name in list(trace.tb_frame.f_locals)})
            return str(f.__code__.replace())
    """
    assert outcome(sandbox.run(job(code))).type_name == "PermissionError"


# --- traces -------------------------------------------------------------------------------


def test_one_attempt_leaves_no_word_for_the_next(sandbox: Sandbox) -> None:
    temp = Path(tempfile.gettempdir())
    code = f"""
        def f(text):
            names = [f"{temp}/debugarena-word-{{c}}" for c in "abcdef"]
            seen = [os.path.exists(name) for name in names]
            for make in (os.mkfifo, os.mknod, os.mkdir, lambda name: os.symlink("x", name)):
                try: make(names["abcdef".index(text)])
                except OSError: pass
            return seen
    """
    assert value(sandbox, code, "b") == value(sandbox, code, "e") == [False] * 6
    assert list(temp.glob("debugarena-word-*")) == []


def test_the_folder_of_a_solution_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Sandbox(1, jail=False) as own:
        assert value(own, "def f(x): return x") == "x"
        (folder,) = tmp_path.iterdir()
        assert list(folder.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not LINUX, reason="looks at other processes as Linux does")
def test_priority_and_processors_stay_as_they_were() -> None:
    def state(pid: int) -> tuple[object, ...]:
        return os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid), os.sched_getscheduler(pid)

    calls = "\n".join(
        f"    try: os.{call}\n    except OSError: pass"
        for pid in ("0", "os.getpid()", "os.getppid()", str(os.getpid()))
        for call in (
            f"setpriority(0, {pid}, 3)",
            f"sched_setaffinity({pid}, {{0}})",
            f"sched_setscheduler({pid}, os.SCHED_BATCH, os.sched_param(0))",
        )
    )
    code = f"def f(x):\n{calls}\n    while True: pass"
    ours, seen = state(os.getpid()), set()
    with Sandbox(1, jail=False) as own:
        future = own.submit(job(code, limits=Limits(cpu_s=0.5)))
        while not future.done():
            for pid in children_of(os.getpid()):
                with contextlib.suppress(ProcessLookupError):
                    seen.add(repr(state(pid)))
            time.sleep(0.02)
    assert future.result().tests[0].status == "timeout"
    assert seen == {repr(ours)}
    assert state(os.getpid()) == ours


def test_process_ids_and_the_command_line_tell_nothing(sandbox: Sandbox) -> None:
    code = """
        def f(x):
            thread = modules["threading"].main_thread().native_id if "threading" in modules else 0
            return [os.getpid(), os.getppid(), modules["_thread"].get_native_id(), thread, os.sys.orig_argv]
    """
    assert value(sandbox, code) == [0, 0, 0, 0, [""]]


def test_sleeping_and_locking_take_no_time(sandbox: Sandbox) -> None:
    code = """
        def f(x):
            modules["time"].sleep(99)
            locks = [modules["_thread"].allocate_lock(), modules["_strptime"]._cache_lock]
            return [lock.acquire(timeout=99) and lock.acquire(timeout=99) for lock in locks]
    """
    assert value(sandbox, code) == [True, True]


# --- honest solutions ---------------------------------------------------------------------


def test_every_reference_fix_is_right(sandbox: Sandbox, bugs: list[Bug]) -> None:
    grades = grade_codes(sandbox, [(bug, bug.fixed_code) for bug in bugs])
    assert [bug.bug_id for bug, grade in zip(bugs, grades, strict=True) if not grade.solved] == []


USES = {
    "__future__": "__future__.division.optional[0]",
    "base64": "base64.b85decode(base64.b85encode(x.encode()))",
    "binascii": "binascii.crc32(x.encode())",
    "calendar": "calendar.TextCalendar().formatmonth(2024, 2)[:12]",
    "contextlib": "contextlib.nullcontext(3).__enter__()",
    "copy": "copy.deepcopy([[x]])",
    "dataclasses": "dataclasses.astuple(dataclasses.make_dataclass('D', ['a'])(x))",
    "csv": "[*csv.reader(['a,\"b,c\"'])]",
    "datetime": "str(datetime.datetime.strptime('2024-02-29', '%Y-%m-%d'))",
    "decimal": "str(decimal.Decimal('0.1') + decimal.Decimal('0.2'))",
    "difflib": "difflib.get_close_matches('appel', ['ape', 'apple'])",
    "enum": "enum.Enum('E', 'A B').B.value",
    "errno": "errno.errorcode[2]",
    "fnmatch": "fnmatch.filter(['a.py', 'b.txt'], '*.py')",
    "functools": "functools.lru_cache(len)('abc')",
    "graphlib": "list(graphlib.TopologicalSorter({1: {2}}).static_order())",
    "hashlib": "[hashlib.new(n, x.encode()).hexdigest() for n in ('md5', 'sha1', 'sha256', 'blake2b', 'sha3_256')]",
    "hmac": "hmac.new(b'key', x.encode(), 'sha256').hexdigest()",
    "html": "html.unescape(html.escape('<&eacute;>'))",
    "ipaddress": "str(ipaddress.ip_network('10.0.0.0/30')[2])",
    "json": "json.loads(json.dumps({'a': [1.5, None]}))",
    "logging": "logging.getLogger(x).isEnabledFor(logging.DEBUG)",
    "pprint": "pprint.pformat({'b': [1] * 40, 'a': 2})",
    "queue": "(lambda q: (q.put(3), q.put(1), q.get()))(queue.PriorityQueue())[2]",
    "random": "[random.Random('seed').random() < 1, random.SystemRandom().random() < 1]",
    "re": "re.sub(r'(\\w)(\\w)', r'\\2\\1', 'abcd')",
    "secrets": "len(secrets.token_hex(4))",
    "shlex": "shlex.split('a \"b c\"')",
    "statistics": "statistics.linear_regression([1, 2, 3], [2, 4, 6]).slope",
    "string": "string.Template('$a').substitute(a=1)",
    "struct": "struct.unpack('>hH', struct.pack('>i', 77777))",
    "time": "time.strftime('%d.%m.%y', time.strptime('2024-02-29', '%Y-%m-%d'))",
    "typing": "typing.get_type_hints(lambda: 0)",
    "unicodedata": "unicodedata.name('\\N{BULLET}')",
    "uuid": "[str(uuid.uuid5(uuid.NAMESPACE_DNS, x)), uuid.uuid4().version]",
    "zlib": "zlib.decompress(zlib.compress(x.encode() * 99))",
    "zoneinfo": "zoneinfo.ZoneInfo.__name__",
}


@pytest.mark.parametrize("name", sorted(IMPORTABLE_MODULES))
def test_every_module_that_can_be_imported_works_as_it_does_elsewhere(name: str, sandbox: Sandbox) -> None:
    code = f"import {name}\ndef f(x): return {USES.get(name, f'len({name}.__doc__) > 9')}"
    direct: dict[str, Any] = {}
    exec(code, direct)
    assert value(sandbox, code) == direct["f"]("x")


def test_a_warning_is_printed_and_the_solution_goes_on(sandbox: Sandbox) -> None:
    execution = sandbox.run(job("import re\ndef f(x): return re.findall('[[]a', '[a')"))
    assert decode(outcome(execution).value) == ["[a"]
    assert "FutureWarning: Possible nested set" in execution.tests[0].output


def test_a_name_that_no_module_has_is_an_import_error(sandbox: Sandbox) -> None:
    result = outcome(sandbox.run(job("def f(x):\n    from collections import nothing")))
    assert (result.type_name, result.message) == ("ImportError", "cannot import name 'nothing' from 'collections'")


def test_a_cached_property_has_its_lock(sandbox: Sandbox) -> None:
    code = """
        import functools
        class C:
            @functools.cached_property
            def value(self): return 3
        def f(x): return C().value
    """
    assert value(sandbox, code) == 3


# --- a plain user -------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="as we are, we are a plain user")
def test_all_this_and_every_attack_for_a_plain_user() -> None:
    python = plain_python()
    if python is None:
        pytest.skip("no Python here that a plain user may start has what the tests need")
    with tempfile.TemporaryDirectory() as name:  # tmp_path is in a folder of root's
        temp, base = Path(name) / "temp", Path(name) / "base"
        temp.mkdir()
        for path in (Path(name), temp):
            os.chown(path, 65534, 65534)
        files = [str(Path(__file__)), str(TESTS / "attacks" / "test_attacks.py")]
        options = ["-p", "no:cacheprovider", f"--basetemp={base}", "-k", "weak_engine or jail-no"]
        command = [python, "-B", "-c", START + "sys.exit(pytest.main(sys.argv[1:]))", *options, *files]
        environment = {"PATH": os.defpath, "HOME": str(temp), "TMPDIR": str(temp)}
        done = subprocess.run(command, **PLAIN_USER, cwd=TESTS.parent, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        assert list(temp.iterdir()) == []
