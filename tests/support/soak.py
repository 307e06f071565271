"""Runs tests many times while other processes keep the machine busy, to find what depends on its speed.

python tests/support/soak.py ROUNDS [pytest's options and files]
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BUSY_PROCESSES = 2


class Rounds:
    """A plugin that runs every test a number of times."""

    def __init__(self, number: int) -> None:
        self._number = number

    @pytest.fixture(name="soak_round")
    def soak_round(self, request: pytest.FixtureRequest) -> int:
        """Return the number of the round, from 0."""
        return int(request.param)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        metafunc.fixturenames.append("soak_round")
        metafunc.parametrize("soak_round", range(self._number), indirect=True)


@contextmanager
def busy() -> Iterator[None]:
    """Keep processes busy meanwhile, at the priority of the caller."""
    processes = [
        subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(BUSY_PROCESSES)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def main(rounds: str, *arguments: str) -> int:
    """Run pytest, and return its exit code."""
    os.environ.pop("PYTEST_ADDOPTS", None)
    with busy():
        return int(pytest.main(["-p", "no:cacheprovider", "-q", *arguments], plugins=[Rounds(int(rounds))]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
