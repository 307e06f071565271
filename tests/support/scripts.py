"""Runs scripts in processes of their own."""

from __future__ import annotations

import subprocess
import sys

LIMIT = 60
"""Real seconds after which a script counts as hanging."""


def out_of(script: str) -> list[str]:
    """Run a script in a process of its own, and return the lines that it prints.

    Raises:
        TimeoutExpired: it hangs.
    """
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return (ran.stdout + ran.stderr).splitlines()
