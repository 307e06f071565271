"""What virtual time costs: entering a clock beside many modules, waits, and being told of a loop that never ends.

``bench.py`` runs this as a process of its own for each number of modules, so that nothing else is loaded.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Mapping
from pathlib import Path

import boto3
import freezegun.api
from freezegun import freeze_time

from fake_tuning import ClockRunaway, FakeTuningService, TuningJob, VirtualClock

FEW, MANY = 500, 4_000
"""Numbers of loaded modules beside which a clock is entered."""

SLEEPS, THREADS, SLEEPS_OF_A_THREAD = 5_000, 16, 1_000

SOURCE = "\n".join(
    [
        "import os, sys, time, json, re",
        "from datetime import datetime, timedelta",
        *(f"v{n} = {n}" for n in range(30)),
        *(f"def f{n}(): pass" for n in range(20)),
    ]
)
"""Of a module that stands for one of a user."""


def clock() -> VirtualClock:
    """Return a clock that allows as much sleeping as is measured here."""
    return VirtualClock(max_sleeps=1_000_000, max_span="10000d")


def took(action: Callable[[], object]) -> float:
    """Return for how many seconds an action really takes."""
    begun = freezegun.api.real_perf_counter()
    action()
    return float(freezegun.api.real_perf_counter() - begun)


def load(modules: int) -> None:
    """Make modules until so many are loaded."""
    code = compile(SOURCE, "made", "exec")
    while len(sys.modules) < modules:
        made = types.ModuleType(f"made_{len(sys.modules)}")
        exec(code, vars(made))
        sys.modules[made.__name__] = made


def entering() -> dict[str, float]:
    """Measure entering and leaving a clock, and freezegun's own start and stop in turns with it."""

    def ours() -> None:
        with clock():
            pass

    def theirs() -> None:
        with freeze_time("2026-01-01", ignore=["_pytest.timing"]):
            pass

    ours(), theirs()
    pairs = [(took(ours), took(theirs)) for _ in range(40)]
    return {
        "enter": statistics.median(pair[0] for pair in pairs),
        "freezegun": statistics.median(pair[1] for pair in pairs),
    }


def waiting() -> dict[str, float]:
    """Measure one virtual wait of each kind, and what asyncio's loop takes for one turn in real time."""
    event = threading.Event()

    def in_thread(wait: Callable[[float], object]) -> float:
        return took(lambda: [wait(1) for _ in range(SLEEPS)]) / SLEEPS

    async def in_loop(length: float) -> float:
        begun = freezegun.api.real_perf_counter()
        for _ in range(SLEEPS):
            await asyncio.sleep(length)
        return float(freezegun.api.real_perf_counter() - begun) / SLEEPS

    real_turns, virtual, slept, waited = [], [], [], []
    for _ in range(5):
        real_turns.append(asyncio.run(in_loop(0)))
        with clock():
            slept.append(in_thread(time.sleep))
            waited.append(in_thread(event.wait))
            virtual.append(asyncio.run(in_loop(1)))
    return {
        "time.sleep": statistics.median(slept),
        "Event.wait": statistics.median(waited),
        "asyncio.sleep": statistics.median(virtual),
        "a real asyncio.sleep(0)": statistics.median(real_turns),
    }


def crowd() -> dict[str, float]:
    """Measure one sleep among many threads that sleep."""

    def sleeper(running: VirtualClock, length: float) -> None:
        running.join()
        for _ in range(SLEEPS_OF_A_THREAD):
            time.sleep(length)

    def all_of_them() -> None:
        with clock() as running:
            threads = [
                threading.Thread(target=sleeper, args=(running, 1 + number / 100))
                for number in range(THREADS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    return {"a sleep of 16 threads": took(all_of_them) / THREADS / SLEEPS_OF_A_THREAD}


def never_ending() -> dict[str, float]:
    """Measure how long a loop runs that forgets Stopped, until it is told."""
    with VirtualClock() as running, FakeTuningService(clock=running) as service:
        service.add(TuningJob("xgb").stopped())
        client = boto3.client(
            "sagemaker", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        client.list_hyper_parameter_tuning_jobs()

        def poll() -> None:
            status = None
            while status not in ("Completed", "Failed"):
                described = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
                status = described["HyperParameterTuningJobStatus"]
                time.sleep(60)

        def told() -> None:
            try:
                poll()
            except ClockRunaway:
                return
            raise AssertionError("it was not told")

        return {"told of a forgotten Stopped": took(told)}


def measured() -> dict[str, float]:
    """Return all that is measured, in seconds, each with its own number of modules loaded."""
    found: dict[str, float] = {}
    for modules in (FEW, MANY):
        command = [sys.executable, str(Path(__file__)), str(modules)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        found |= json.loads(done.stdout)
    return found


def main(modules: int) -> None:
    """Measure with so many modules loaded, and print it as JSON."""
    load(modules)
    found: Mapping[str, float] = {f"{name}, {modules:,} modules": each for name, each in entering().items()}
    if modules == FEW:
        found = {**found, **waiting(), **crowd(), **never_ending()}
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
