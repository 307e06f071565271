"""DeleteTrainingJob, through real clients, of training jobs and of the trials of tuning jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from support import tuning_job_calls
from support.answers import said
from support.arns import TRAINING_JOB
from support.hand_clock import HandClock, after
from support.requests import request, training
from support.scenarios import ROUND
from support.training_job_calls import create, delete, describe, listed, tags_of
from support.tuning_job_calls import trials_of

if TYPE_CHECKING:
    from fake_tuning.doors.botocore.fake_service import FakeTuningService


def test_a_deleted_training_job_takes_its_time_and_is_gone(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, Tags=[{"Key": "team", "Value": "churn"}])
    clock.advance("5m")
    ended = describe(client)
    clock.advance("1m")
    answer = client.delete_training_job(TrainingJobName="final")
    assert list(answer) == ["ResponseMetadata"]
    clock.at(419)
    assert describe(client) == {**ended, "TrainingJobStatus": "Deleting", "LastModifiedTime": after(360)}
    (summary,) = client.list_training_jobs(StatusEquals="Deleting")["TrainingJobSummaries"]
    assert (summary["TrainingJobStatus"], summary["LastModifiedTime"]) == ("Deleting", after(360))
    assert listed(client, LastModifiedTimeAfter=after(359)) == ["final"]
    assert tags_of(client) == {"team": "churn"}
    clock.at(420)
    for operation in (client.describe_training_job, client.stop_training_job):
        with pytest.raises(ClientError) as raised:
            operation(TrainingJobName="final")
        assert said(raised.value) == ("ValidationException", "Requested resource not found.")
    assert listed(client) == []
    assert client.search(Resource="TrainingJob")["Results"] == []
    with pytest.raises(ClientError, match="Resource does not exist"):
        tags_of(client)
    with pytest.raises(KeyError):
        service.training_job("final")


def test_a_training_job_that_is_being_deleted_is_found_as_such(client: Any, clock: HandClock) -> None:
    create(client)
    clock.advance("5m")
    delete(client)
    (hit,) = client.search(Resource="TrainingJob")["Results"]
    assert hit["TrainingJob"]["TrainingJobStatus"] == "Deleting"


def test_the_name_of_a_deleted_training_job_can_be_given_again(client: Any, clock: HandClock) -> None:
    create(client, Tags=[{"Key": "team", "Value": "churn"}])
    client.add_tags(ResourceArn=f"{TRAINING_JOB}/final", Tags=[{"Key": "owner", "Value": "me"}])
    clock.at(300)
    delete(client)
    clock.at(360)
    create(client, HyperParameters={"depth": "3"})
    assert tags_of(client) == {}
    clock.at(660)
    found = describe(client)
    assert (found["TrainingJobStatus"], found["HyperParameters"]) == ("Completed", {"depth": "3"})
    clock.at(330)
    assert describe(client)["TrainingJobStatus"] == "Deleting"
    clock.at(299)
    assert describe(client)["TrainingJobStatus"] == "InProgress"
    assert tags_of(client) == {"team": "churn", "owner": "me"}


@pytest.mark.parametrize(
    ("second", "status"), [(10, "InProgress"), (125, "Stopping"), (200, "Stopped"), (310, "Deleting")]
)
def test_only_a_training_job_that_has_ended_can_be_deleted(
    service: FakeTuningService, client: Any, clock: HandClock, second: int, status: str
) -> None:
    service.on_create(ROUND.stops(after="2m"), training_jobs=True)
    create(client)
    clock.at(300)
    delete(client)
    clock.at(second)
    if status == "Stopped":
        delete(client)
        assert describe(client)["TrainingJobStatus"] == "Deleting"
        clock.at(260)
        assert listed(client) == []
        return
    before = describe(client)
    with pytest.raises(client.exceptions.ResourceInUse) as raised:
        delete(client)
    assert said(raised.value) == (
        "ResourceInUse",
        f"The training job final cannot be deleted because it is not in a terminal state: its status is {status}.",
    )
    assert describe(client) == before


@pytest.mark.parametrize("name", ["nobody", "Final", "xgb-001-00000000", "xgb-1", "xgb"])
def test_a_training_job_that_does_not_exist_cannot_be_deleted(
    client: Any, clock: HandClock, name: str
) -> None:
    create(client)
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.advance("1h")
    with pytest.raises(client.exceptions.ResourceNotFound) as raised:
        delete(client, name)
    assert said(raised.value) == ("ResourceNotFound", "Requested resource not found.")
    assert len(listed(client)) == 5


def test_a_deleted_trial_is_gone_from_every_list_and_still_counts(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    """Invented, but for the deletion itself: nobody recorded what becomes of the tuning job."""
    service.on_create(ROUND.trial(3).scores(1.0))
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.at(700)
    whole, trials = tuning_job_calls.describe(client), trials_of(client)
    name = whole["BestTrainingJob"]["TrainingJobName"]
    assert name == trials[1]["TrainingJobName"]
    delete(client, name)
    assert [each["TrainingJobStatus"] for each in trials_of(client)] == [
        "Completed",
        "Deleting",
        "Completed",
        "Completed",
    ]
    assert [each["TrainingJobName"] for each in trials_of(client, StatusEquals="Deleting")] == [name]
    assert [each["TrainingJobName"] for each in trials_of(client, SortBy="Status")][-1] == name
    assert service.training_job(name).status == "Deleting"
    clock.at(760)
    assert trials_of(client) == [trials[0], *trials[2:]]
    assert trials_of(client, SortBy="FinalObjectiveMetricValue", SortOrder="Descending")[0] != trials[1]
    assert name not in listed(client)
    with pytest.raises(ClientError, match="Requested resource not found"):
        describe(client, name)
    # The tuning job goes on counting it, and telling of it as its best one.
    assert tuning_job_calls.describe(client) == whole
    assert [trial.name for trial in service.job("xgb").trials] == [
        each["TrainingJobName"] for each in reversed(trials)
    ]
    create(client, name)
    assert describe(client, name)["HyperParameters"] == training()["HyperParameters"]
    assert "TuningJobArn" not in describe(client, name)
    assert [each["TrainingJobName"] for each in trials_of(client)].count(name) == 0
    clock.at(699)
    assert "TuningJobArn" in describe(client, name)
    assert trials_of(client) == trials


def test_the_trial_of_a_tuning_job_that_goes_on_can_be_deleted(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.at(320)
    names_of = [trial.name for trial in service.job("xgb").trials]
    delete(client, names_of[0])
    with pytest.raises(client.exceptions.ResourceInUse):
        delete(client, names_of[2])
    client.stop_training_job(TrainingJobName=names_of[2])
    clock.at(700)
    assert service.job("xgb").status == "Completed"
    counters = tuning_job_calls.describe(client)["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["Stopped"]) == (3, 1)
    assert sorted(listed(client)) == sorted(names_of[1:])


def test_a_deletion_never_was_when_the_training_job_still_stopped_at_its_instant(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(310)
    delete(client)
    # It drains for 30 s.
    clock.at(299)
    client.stop_training_job(TrainingJobName="final")
    clock.at(311)
    assert describe(client)["TrainingJobStatus"] == "Stopping"
    clock.at(3600)
    found = describe(client)
    assert found["TrainingJobStatus"] == "Stopped"
    assert found["LastModifiedTime"] == found["TrainingEndTime"] == after(329)
    assert listed(client) == ["final"]
    assert service.next_event_after(after(330)) is None


def test_a_deletion_stands_when_the_training_job_was_over_all_the_same(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(310)
    delete(client)
    clock.at(100)
    client.stop_training_job(TrainingJobName="final")
    clock.at(311)
    assert describe(client)["TrainingJobStatus"] == "Deleting"
    clock.at(370)
    assert listed(client) == []


def test_a_deletion_never_was_when_the_trial_was_launched_after_it(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.trial(2).takes("10m").trial(3).takes("2s"))
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    # The first trial ends at 310 s, and its place is filled again ten seconds later, and once more at 332 s.
    clock.at(333)
    first, third = (service.job("xgb").trials[number].name for number in (0, 2))
    delete(client, third)
    assert describe(client, third)["TrainingJobStatus"] == "Deleting"
    clock.at(309)
    client.stop_training_job(TrainingJobName=first)
    clock.at(3600)
    assert describe(client, third)["CreationTime"] == after(349)
    assert describe(client, third)["TrainingJobStatus"] == "Completed"
    assert third in [each["TrainingJobName"] for each in trials_of(client)]


def test_a_deletion_never_was_when_the_trial_still_stopped_at_its_instant(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    # The first trial ends at 310 s, and the next one takes over its instances ten seconds later.
    clock.at(321)
    first = service.job("xgb").trials[0].name
    delete(client, first)
    clock.at(309)
    client.stop_training_job(TrainingJobName=first)
    clock.at(3600)
    assert describe(client, first)["TrainingJobStatus"] == "Stopped"
    assert service.next_event_after(after(3600)) is None
