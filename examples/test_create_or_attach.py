"""Attach to a job that exists already, and survive throttling."""

import pytest

from create_or_attach import main
from fake_tuning import Fault, TuningJob

job = TuningJob("retrain").trials(4, parallel=2, each="10m")


def test_creates_the_job_when_there_is_none(tuning_service, capsys):
    assert main(job.request) == "Completed"
    assert "attaching" not in capsys.readouterr().out


def test_attaches_to_the_job_that_a_crashed_run_left_behind(tuning_service, capsys):
    tuning_service.add(job.in_progress(completed=2, running=2))

    assert main(job.request) == "Completed"

    assert "retrain exists already: attaching to it" in capsys.readouterr().out
    assert len(tuning_service.job("retrain").trials) == 4


def test_survives_throttling(tuning_service):
    tuning_service.fail_next("DescribeHyperParameterTuningJob", Fault.throttled(times=2))

    assert main(job.request) == "Completed"


def test_a_request_that_aws_rejects_is_rejected(tuning_service):
    request = {**job.request, "HyperParameterTuningJobName": "a-name-of-more-than-thirty-two-characters"}

    with pytest.raises(Exception, match="Member must have length less than or equal to 32"):
        main(request)
    assert not tuning_service.jobs()
