"""Episodes over OpenEnv: an arena of bugs, its server and its client."""

from debugarena.benchmark.moved import find_moved

__getattr__ = find_moved(__name__)
