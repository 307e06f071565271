"""Beside libraries that wait, or have threads that do, tests wait in virtual time, and nothing else moves it.

Each test is a run of pytest in a process of its own, which is killed if it hangs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.neighbours import needs

if TYPE_CHECKING:
    from collections.abc import Callable

    Beside = Callable[..., pytest.RunResult]

pytestmark = pytest.mark.slow


COMMON = """
import asyncio, subprocess, sys, threading, time
from datetime import timedelta

import pytest
from fake_tuning import TuningJob
from pipeline import status, wait, wait_async

@pytest.fixture
def passed(tuning_service, tuning_clock):
    tuning_service.add(TuningJob("xgb").completes(after="3h"))
    start = tuning_clock.now()
    return lambda: tuning_clock.now() - start

def work_for_real():
    subprocess.run([sys.executable, "-S", "-c", "import time; time.sleep(0.5)"], check=True)
"""


@needs("apscheduler")
def test_apscheduler(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

def test_in_the_background(passed):
    seen = []
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(lambda: seen.append((passed(), status("xgb"))), "interval", hours=1)
    scheduler.start()
    time.sleep(4.5 * 3600)
    scheduler.shutdown()
    assert seen == [
        (timedelta(hours=1), "InProgress"),
        (timedelta(hours=2), "InProgress"),
        (timedelta(hours=3), "Completed"),
        (timedelta(hours=4), "Completed"),
    ]
    assert passed() == timedelta(hours=4.5)

def test_blocking(passed):
    scheduler = BlockingScheduler(timezone="UTC")

    def look():
        if status("xgb") == "Completed":
            scheduler.shutdown(wait=False)

    scheduler.add_job(look, "interval", minutes=50)
    scheduler.start()
    assert passed() == timedelta(minutes=200)

def test_in_a_loop(passed):
    seen = []

    async def look():
        seen.append((passed(), status("xgb")))

    async def main():
        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(look, "interval", hours=2)
        scheduler.start()
        await asyncio.sleep(5 * 3600)
        scheduler.shutdown()

    asyncio.run(main())
    assert seen == [(timedelta(hours=2), "InProgress"), (timedelta(hours=4), "Completed")]
"""
    )
    result.assert_outcomes(passed=3)


@needs("tenacity")
def test_tenacity(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
from tenacity import AsyncRetrying, RetryError, Retrying, retry_if_result, sleep_using_event
from tenacity import stop_after_delay, wait_exponential, wait_fixed

def running(status):
    return status == "InProgress"

def test_waits(passed):
    poll = Retrying(retry=retry_if_result(running), wait=wait_fixed(60), stop=stop_after_delay(4 * 3600))
    assert poll(status, "xgb") == "Completed"
    assert passed() == timedelta(hours=3)

def test_backs_off(passed):
    poll = Retrying(retry=retry_if_result(running), wait=wait_exponential(multiplier=60, max=3600))
    assert poll(status, "xgb") == "Completed"
    assert passed() == timedelta(minutes=1 + 2 + 4 + 8 + 16 + 32 + 60 + 60)

def test_gives_up(passed):
    poll = Retrying(retry=retry_if_result(running), wait=wait_fixed(60), stop=stop_after_delay(1800))
    with pytest.raises(RetryError):
        poll(status, "xgb")
    assert passed() == timedelta(minutes=30)

def test_waits_on_an_event_that_another_thread_sets(passed):
    stop = threading.Event()
    threading.Timer(600, stop.set).start()
    poll = Retrying(
        retry=retry_if_result(running), wait=wait_fixed(3600), stop=lambda _: stop.is_set(),
        sleep=sleep_using_event(stop), retry_error_callback=lambda _: "given up",
    )
    assert poll(status, "xgb") == "given up"
    assert passed() == timedelta(minutes=10)

def test_waits_in_a_loop(passed):
    async def look():
        return status("xgb")

    poll = AsyncRetrying(retry=retry_if_result(running), wait=wait_fixed(60), stop=stop_after_delay(4 * 3600))
    assert asyncio.run(poll(look)) == "Completed"
    assert passed() == timedelta(hours=3)
"""
    )
    result.assert_outcomes(passed=5)


@needs("fastapi", "httpx2")
def test_fastapi(beside: Beside) -> None:
    """Endpoints run in threads and loops that TestClient starts."""
    result = beside(
        COMMON
        + """
from fastapi import BackgroundTasks, FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
noted = []

@app.get("/threaded/{name}")
def threaded(name: str):
    return {"status": wait(name)}

@app.get("/looped/{name}")
async def looped(name: str):
    return {"status": await wait_async(name)}

@app.get("/impatient/{name}")
async def impatient(name: str):
    try:
        return {"status": await asyncio.wait_for(wait_async(name), 900)}
    except asyncio.TimeoutError:
        return {"status": "timed out"}

@app.post("/noted/{name}", status_code=202)
async def note(name: str, tasks: BackgroundTasks):
    tasks.add_task(lambda: noted.append(wait(name)))
    return {}

@pytest.mark.parametrize(
    ("path", "status", "minutes"),
    [("threaded", "Completed", 180), ("looped", "Completed", 180), ("impatient", "timed out", 15)],
)
@pytest.mark.parametrize("kept", [True, False], ids=["one portal", "a portal for each call"])
def test_waits(passed, path, status, minutes, kept):
    client = TestClient(app)
    if kept:
        with client:
            assert client.get(f"/{path}/xgb").json() == {"status": status}
    else:
        assert client.get(f"/{path}/xgb").json() == {"status": status}
    assert passed() == timedelta(minutes=minutes)

def test_tasks_in_the_background(passed):
    assert TestClient(app).post("/noted/xgb").status_code == 202
    assert noted == ["Completed"]
    assert passed() == timedelta(hours=3)

def test_time_moves_while_an_app_is_idle(passed):
    with TestClient(app) as client:
        client.get("/impatient/xgb")
        time.sleep(3600)
        assert passed() == timedelta(minutes=75)
        work_for_real()
        assert passed() == timedelta(minutes=75)
"""
    )
    result.assert_outcomes(passed=8)


@needs("moto", "flask")
def test_a_server_of_moto(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
import boto3
from moto.server import ThreadedMotoServer

@pytest.fixture
def bucket(tuning_service, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    tuning_service.allow("s3")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = boto3.resource("s3", region_name="us-east-1", endpoint_url=f"http://{host}:{port}")
    yield s3.create_bucket(Bucket="models")
    server.stop()

def test_its_thread_moves_no_time(bucket, passed):
    assert wait("xgb") == "Completed"
    bucket.put_object(Key="best", Body=b"model")
    work_for_real()
    assert bucket.Object("best").get()["Body"].read() == b"model"
    assert passed() == timedelta(hours=3)

def test_a_worker_uses_it_while_another_sleeps(bucket, passed):
    def copy():
        for number in range(20):
            bucket.put_object(Key=str(number), Body=b"model")
        copied.append(passed())

    copied = []
    copying = threading.Thread(target=copy)
    copying.start()
    time.sleep(3600)
    copying.join()
    assert copied == [timedelta(0)]
    assert passed() == timedelta(hours=1)
"""
    )
    result.assert_outcomes(passed=2)


@needs("tqdm")
def test_tqdm(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
from tqdm import tqdm

def test_its_monitor_moves_no_time(passed):
    for _ in tqdm(range(3)):
        time.sleep(300)
    assert passed() == timedelta(minutes=15)
    assert wait("xgb") == "Completed"
    assert passed() == timedelta(hours=3)
    assert tqdm.monitor.is_alive()
    work_for_real()
    assert passed() == timedelta(hours=3)

def test_again(passed):
    for _ in tqdm(range(3)):
        time.sleep(300)
    assert passed() == timedelta(minutes=15)
"""
    )
    result.assert_outcomes(passed=2)


@needs("rich")
def test_rich(beside: Beside) -> None:
    result = beside(
        COMMON
        + """
from rich.live import Live
from rich.progress import Progress
from rich.status import Status

@pytest.mark.parametrize("display", [
    lambda: Progress(refresh_per_second=10), lambda: Live(refresh_per_second=10), lambda: Status("tuning"),
], ids=["progress", "live", "status"])
def test_its_thread_moves_no_time(passed, display):
    with display():
        assert wait("xgb") == "Completed"
        assert passed() == timedelta(hours=3)
        work_for_real()
        assert passed() == timedelta(hours=3)
        time.sleep(30 * 86400)  # would take minutes if all refreshes of the display were on the way
"""
    )
    result.assert_outcomes(passed=3)
