"""The application where OpenEnv's tools look for it. `debugarena serve` starts the same, with limits on messages."""

from debugarena.benchmark.environment import Arena
from debugarena.benchmark.serve import make_app

app = make_app(Arena())
