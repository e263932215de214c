"""What all tests share."""

from collections.abc import Iterator

import pytest

from debugarena.benchmark import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as shared:
        yield shared
