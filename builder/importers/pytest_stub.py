"""A stand-in for pytest in the sandbox, where pytest cannot be imported: raises, approx, param and the marks.

STUB is source text. Its names work only with plain numbers, lists and dicts. A test that needs anything else fails
there and is reported. `debugarena_run` calls a test function once per row of its parametrize marks.
"""

STUB = """
import math as debugarena_math
import re as debugarena_re


class DebugarenaApprox:
    def __init__(self, expected, rel=None, abs=None, nan_ok=False):
        self.expected = expected
        self.relative = 1e-6 if rel is None and abs is None else rel or 0.0
        self.absolute = 1e-12 if abs is None else abs
        self.nan_ok = nan_ok

    def near(self, got, expected):
        if isinstance(expected, (list, tuple)):
            return len(got) == len(expected) and all(map(self.near, got, expected))
        if isinstance(expected, dict):
            return got.keys() == expected.keys() and all(self.near(got[key], expected[key]) for key in expected)
        if got != got and expected != expected:
            return self.nan_ok
        return debugarena_math.isclose(got, expected, rel_tol=self.relative, abs_tol=self.absolute)

    def __eq__(self, got):
        return self.near(got, self.expected)


class DebugarenaRaises:
    def __init__(self, expected, match=None):
        self.expected, self.match = expected, match

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        assert kind is not None, "nothing was raised"
        self.type, self.value = kind, error
        if not issubclass(kind, self.expected):
            return False
        assert self.match is None or debugarena_re.search(self.match, str(error)), "another message was raised"
        return True


class DebugarenaParam:
    def __init__(self, *values, **_):
        self.values = values


class DebugarenaMark:
    def parametrize(self, names, rows, **_):
        alone = isinstance(names, str) and "," not in names
        names = [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)
        rows = [row.values if isinstance(row, DebugarenaParam) else (row,) if alone else tuple(row) for row in rows]

        def mark(function):
            function.debugarena_rows = [*getattr(function, "debugarena_rows", []), (names, rows)]
            return function

        return mark

    def __getattr__(self, _):
        return lambda *args, **__: args[0] if args and callable(args[0]) else lambda function: function


class pytest:
    raises, approx, param, mark = DebugarenaRaises, DebugarenaApprox, DebugarenaParam, DebugarenaMark()


def debugarena_run(function):
    calls = [{}]
    for names, rows in getattr(function, "debugarena_rows", []):
        calls = [{**call, **dict(zip(names, row))} for call in calls for row in rows]
    for call in calls:
        function(**call)
"""
