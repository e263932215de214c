"""The application where OpenEnv's tools look for it. `debugarena serve` starts the same, with limits on messages."""

from debugarena.benchmark.environment.episode import Arena
from debugarena.benchmark.environment.serve import make_app

app = make_app(Arena())
