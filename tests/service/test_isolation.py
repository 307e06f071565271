"""Regions and services share nothing, and threads may use one service at once."""

from __future__ import annotations

import threading
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from support.answers import counters, names, said
from support.hand_clock import HandClock
from support.scenarios import ROUND
from support.tuning_job_calls import create, describe, listed, status, stop


def test_regions_are_separate(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    west = boto3.client("sagemaker", region_name="us-west-2")
    create(client, "east")
    create(client, "both", trials=2)
    create(west, "both", trials=3)
    clock.at(100)
    assert (listed(client), listed(west)) == (["both", "east"], ["both"])
    assert describe(west, "both")["HyperParameterTuningJobArn"] == (
        "arn:aws:sagemaker:us-west-2:123456789012:hyper-parameter-tuning-job/both"
    )
    stop(west, "both")
    assert (status(client, "both"), status(west, "both")) == ("InProgress", "Stopping")
    assert [handle.name for handle in service.jobs(region="us-west-2")] == ["both"]
    assert service.job("both", region="us-west-2").status == "Stopping"
    assert service.add(TuningJob("new"), region="us-west-2").arn.split(":")[3] == "us-west-2"
    assert len(names(west.list_training_jobs())) == 2


def test_arns_have_the_partition_of_their_region() -> None:
    with FakeTuningService(region="cn-north-1", account="111122223333"):
        client = boto3.client("sagemaker")
        create(client)
        assert describe(client)["HyperParameterTuningJobArn"] == (
            "arn:aws-cn:sagemaker:cn-north-1:111122223333:hyper-parameter-tuning-job/xgb"
        )


def test_two_services_share_nothing(clock: HandClock) -> None:
    with FakeTuningService(clock=clock) as one:
        one.on_create(ROUND.fails(after="1m"))
        create(boto3.client("sagemaker"))
    with FakeTuningService(clock=clock) as other:
        client = boto3.client("sagemaker")
        assert listed(client) == []
        create(client)
        clock.at("2m")
        assert status(client) == "InProgress"
        assert one.job("xgb").status == "Failed"
    assert [len(service.calls) for service in (one, other)] == [1, 3]


@pytest.mark.parametrize("seed", [0, 7])
def test_the_seed_alone_decides_what_is_drawn(seed: int) -> None:
    records_named = []
    for turn in range(3):
        clock = HandClock()
        with FakeTuningService(clock=clock, seed=seed if turn < 2 else seed + 1):
            client = boto3.client("sagemaker")
            create(client)
            clock.at("1h")
            records_named.append(describe(client))
    assert records_named[0] == records_named[1] != records_named[2]


def test_threads_create_and_poll_at_once(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    start, seen, refused = threading.Barrier(8), [], []

    def work(number: int) -> None:
        start.wait()
        try:
            create(client, "shared")
        except ClientError as error:
            refused.append(said(error)[0])
        create(client, f"own-{number}")
        for _ in range(20):
            clock.advance("1s")
            describe(client, "shared")
            client.list_training_jobs()
            service.job(f"own-{number}").trials  # noqa: B018  # reading it is the point
            client.list_hyper_parameter_tuning_jobs(MaxResults=100)
        seen.append(status(client, f"own-{number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["InProgress"] * 8
    assert refused == ["ResourceInUse"] * 7
    assert len(listed(client)) == 9
    assert len(service.calls) == 8 * (1 + 1 + 20 * 3 + 1) + 1


def test_commands_of_several_threads_all_count(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, trials=16, parallel=16)
    clock.at(100)
    running = [trial.name for trial in service.job("xgb").trials]
    start = threading.Barrier(16)

    def stop_one(name: str) -> None:
        start.wait()
        client.stop_training_job(TrainingJobName=name)

    threads = [threading.Thread(target=stop_one, args=(name,)) for name in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.at(200)
    assert describe(client)["TrainingJobStatusCounters"] == counters(Stopped=16)
