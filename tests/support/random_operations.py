"""What a driver does to a service as a seed chooses, and what the documentation says must come of it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from fake_tuning import Fault, TuningJob
from support import documented, random_jobs, random_reads
from support.watched_service import Picture, Refused, WatchedService

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from fake_tuning import JobHandle

TUNING_NAMES = ("xgb", "XGB", "churn", "a-b", "bert-1")
TRAINING_NAMES = ("final", "Final", "final-2")

ELSEWHERE = "eu-west-1"

MOVES = ("1s", "7s", "30s", "61s", "4m", "4m", "17m", "1h", "5h", "2d")
"""How far the time moves."""


def take_step(watched: WatchedService, rng: Random) -> None:
    """Do one thing to a service, or several that belong together.

    Raises:
        AssertionError: an answer is not what the documentation says.
    """
    (act,) = rng.choices(list(_STEPS), list(_STEPS.values()))
    watched.log.append(act.__name__.replace("_", " "))
    act(watched, rng)


# Tags.


def tag(watched: WatchedService, rng: Random) -> None:
    """AddTags "adds or overwrites", and DeleteTags deletes, what ListTags lists."""
    arns = [
        watched.describe(each["HyperParameterTuningJobName"])["HyperParameterTuningJobArn"]
        for each in watched.tuning_jobs()[:2]
    ]
    arns += [each["TrainingJobArn"] for each in watched.training_jobs()[:5]]
    if not arns:
        return
    arn = rng.choice(arns)
    standing = _tags_of(watched, arn)
    assert watched.memory.tags.get(arn, standing) == standing, (
        f"{arn} has {standing}, and had {watched.memory.tags[arn]}"
    )
    if rng.random() < 0.6:
        given = random_jobs.tags(rng)
        assert watched.call("AddTags", ResourceArn=arn, Tags=given) == {"Tags": given}
        standing |= {tag["Key"]: tag["Value"] for tag in given}
    else:
        gone = rng.sample(("team", "stage", "cost", "owner"), 2)
        assert watched.call("DeleteTags", ResourceArn=arn, TagKeys=gone) == {}
        standing = {key: value for key, value in standing.items() if key not in gone}
    assert _tags_of(watched, arn) == standing, f"{arn} has {_tags_of(watched, arn)}, not {standing}"
    watched.memory.tags[arn] = standing


def _tags_of(watched: WatchedService, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in watched.whole("ListTags", "Tags", ResourceArn=arn)}


# Changes.


def create_tuning_job(watched: WatchedService, rng: Random) -> None:
    """Create one with a valid configuration; only its name, or the parents of its warm start, may be in the way."""
    name = rng.choice(TUNING_NAMES)
    listed = watched.tuning_jobs()
    taken = {each["HyperParameterTuningJobName"].lower() for each in listed}
    parents = [
        each["HyperParameterTuningJobName"]
        for each in listed
        if each["HyperParameterTuningJobStatus"] in documented.OVER
    ]
    asked = random_jobs.tuning_request(rng, name, parents)
    scenario, timed = random_jobs.scenario(rng)
    watched.service.on_create(scenario, name=name)
    code = watched.attempt(rng, "CreateHyperParameterTuningJob", **asked)
    if name.lower() in taken:
        assert code == "ResourceInUse", f"{name} was created twice: {code}"
        return
    if code is not None:
        in_the_way = {"ValidationException"} if "WarmStartConfig" in asked else set()
        assert code in in_the_way, f"{name} was refused: {code}"
        return
    watched.memory.forget_tuning_job(name)
    watched.with_deleted_trials.discard(name)
    job = watched.describe(name)
    assert job["HyperParameterTuningJobStatus"] == "InProgress", job
    assert job["CreationTime"] == watched.now, job
    if not timed:
        watched.untimed.add((name, watched.now))
    tagged = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", ())}
    watched.memory.tags[job["HyperParameterTuningJobArn"]] = tagged


def create_training_job(watched: WatchedService, rng: Random) -> None:
    """Create one with a valid configuration; only its name may be in the way."""
    name = rng.choice(TRAINING_NAMES)
    taken = {each["TrainingJobName"] for each in watched.training_jobs()}
    watched.service.on_create(random_jobs.training_scenario(rng), training_jobs=True)
    asked = random_jobs.training_request(rng, name)
    code = watched.attempt(rng, "CreateTrainingJob", **asked)
    assert code == ("ResourceInUse" if name in taken else None), f"{name}: {code}"
    if code is None:
        watched.memory.forget_training_job(name)
        job = watched.describe_training(name)
        assert job["CreationTime"] == watched.now, job
        watched.memory.tags[job["TrainingJobArn"]] = {
            tag["Key"]: tag["Value"] for tag in asked.get("Tags", ())
        }


def stop_tuning_job(watched: WatchedService, rng: Random) -> None:
    """One that runs is Stopping at once, and so are its trials; any other stop is refused."""
    name = watched.some_tuning_job(rng)
    if name is None:
        return
    before = watched.describe(name)["HyperParameterTuningJobStatus"]
    code = watched.attempt(rng, "StopHyperParameterTuningJob", HyperParameterTuningJobName=name)
    assert code == (None if before == "InProgress" else "ValidationException"), f"{name} was {before}: {code}"
    if code is None:
        watched.memory.stopped[name] = watched.now
        job, trials = watched.describe(name), watched.trials(name)
        assert job["HyperParameterTuningJobStatus"] == "Stopping", job
        documented.check_trials(job, trials, some_deleted=name in watched.with_deleted_trials)
        assert all(each["TrainingJobStatus"] != "InProgress" for each in trials), trials


def stop_training_job(watched: WatchedService, rng: Random) -> None:
    """One that runs is Stopping at once; any other stop is refused."""
    name = watched.some_training_job(rng)
    if name is None:
        return
    before = watched.describe_training(name)["TrainingJobStatus"]
    code = watched.attempt(rng, "StopTrainingJob", TrainingJobName=name)
    if before == "Stopping":  # not documented whether that is refused
        return
    assert code == (None if before == "InProgress" else "ValidationException"), f"{name} was {before}: {code}"
    if code is None:
        watched.memory.stopped[name] = watched.now
        assert watched.describe_training(name)["TrainingJobStatus"] == "Stopping", name


def delete_tuning_job(watched: WatchedService, rng: Random) -> None:
    """One that has ended is deleted, and its training jobs stay; any other deletion is refused."""
    name = watched.some_tuning_job(rng)
    if name is None:
        return
    before = watched.describe(name)["HyperParameterTuningJobStatus"]
    trials = {each["TrainingJobName"] for each in watched.trials(name)}
    code = watched.attempt(rng, "DeleteHyperParameterTuningJob", HyperParameterTuningJobName=name)
    legal = before in documented.OVER or before == "DeleteFailed"
    assert code == (None if legal else "ValidationException"), f"{name} was {before}: {code}"
    # "It does not delete training jobs".
    kept = {each["TrainingJobName"] for each in watched.training_jobs()}
    assert trials <= kept, f"{name} was deleted, and so were {trials - kept}"


def delete_training_job(watched: WatchedService, rng: Random) -> None:
    """ "You can delete only training jobs that are in a terminal state"."""
    name = watched.some_training_job(rng)
    if name is None:
        return
    job = watched.describe_training(name)
    code = watched.attempt(rng, "DeleteTrainingJob", TrainingJobName=name)
    before = job["TrainingJobStatus"]
    pool = job.get("WarmPoolStatus", {}).get("Status")
    legal = before in documented.OVER and pool != "Available"
    assert code == (None if legal else "ResourceInUse"), f"{name} was {before}, its pool {pool}: {code}"
    if code is None and "TuningJobArn" in job:
        watched.with_deleted_trials |= {
            each for each in TUNING_NAMES if each.lower() == job["TuningJobArn"].rpartition("/")[2]
        }


def update_training_job(watched: WatchedService, rng: Random) -> None:
    """Profiling is updated while it runs, and a warm pool that it asked for while there is one; then that shows."""
    name = watched.some_training_job(rng)
    own = [each["TrainingJobName"] for each in watched.training_jobs(NameContains="inal")]
    if own and rng.random() < 0.5:
        name = rng.choice(own)
    if name is None:
        return
    job = watched.describe_training(name)
    pool = job.get("WarmPoolStatus", {}).get("Status")
    member, key, value, legal = rng.choice(
        (
            (
                "ProfilerConfig",
                "ProfilingIntervalInMilliseconds",
                rng.choice((100, 500, 1000)),
                job["TrainingJobStatus"] == "InProgress",
            ),
            (
                "ResourceConfig",
                "KeepAlivePeriodInSeconds",
                rng.choice((60, 1200, 3600)),
                "KeepAlivePeriodInSeconds" in job["ResourceConfig"] and pool in ("InUse", "Available"),
            ),
        )
    )
    code = watched.attempt(rng, "UpdateTrainingJob", TrainingJobName=name, **{member: {key: value}})
    assert code == (None if legal else "ValidationException"), f"{name}, {member}: {code} of {job}"
    if code is None:
        shown = watched.describe_training(name)[member]
        assert shown[key] == value, shown


def ask_for_nonsense(watched: WatchedService, rng: Random) -> None:
    """What is unknown or breaks a constraint is refused."""
    name = rng.choice(("nobody", "no_such", "x" * 40))
    operation, params = rng.choice(
        (
            ("DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": name}),
            ("StopHyperParameterTuningJob", {"HyperParameterTuningJobName": name}),
            ("StopTrainingJob", {"TrainingJobName": f"{name}!"}),
            ("DescribeTrainingJob", {"TrainingJobName": f"{rng.choice(TUNING_NAMES)}-999-00000000"}),
            ("ListTrainingJobs", {"MaxResults": 101}),
            ("ListHyperParameterTuningJobs", {"NextToken": "nothing"}),
            ("Search", {"Resource": "TrainingJob", "SortBy": "Color"}),
            ("AddTags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:1:training-job/x", "Tags": []}),
        )
    )
    assert watched.attempt(rng, operation, **params) in ("ValidationException", "ResourceNotFound"), operation


def fail_on_the_way(watched: WatchedService, rng: Random) -> None:
    """A call that fails on the way changes nothing, but for one whose answer alone was lost."""
    name = watched.some_tuning_job(rng)
    if name is None:
        return
    before = watched.describe(name)["HyperParameterTuningJobStatus"]
    acted = rng.random() < 0.5
    fault = rng.choice(
        (
            Fault.throttled(),
            Fault.error("AccessDeniedException"),
            Fault.server_error(),
            Fault.connection_error(),
        )
    )
    watched.service.fail_next(
        "StopHyperParameterTuningJob", Fault.read_timeout(acted=True) if acted else fault
    )
    picture = watched.picture()
    try:
        watched.call("StopHyperParameterTuningJob", HyperParameterTuningJobName=name)
    except (BotoCoreError, Refused):
        pass
    else:
        raise AssertionError("a call with a fault went well")
    if acted and before == "InProgress":
        watched.changed()
        watched.memory.stopped[name] = watched.now
        assert watched.describe(name)["HyperParameterTuningJobStatus"] == "Stopping", name
    else:
        watched.check_same(picture, "a call failed on the way")


# What a test does.


def _refusal(act: Callable[[], object]) -> ValueError | None:
    """Return the error with which something is refused, or None."""
    try:
        act()
    except ValueError as refused:
        return refused
    return None


def add_job(watched: WatchedService, rng: Random) -> None:
    """Add a job of the builder; only its name may be in the way, and what it was told."""
    name = rng.choice(TUNING_NAMES)
    taken = {each["HyperParameterTuningJobName"].lower() for each in watched.tuning_jobs()}
    try:
        job = random_jobs.composed(rng, name)
    except ValueError:  # its status and its trials contradict each other
        return
    watched.log.append(f"  add({job!r})")
    watched.count += 1
    refused = _refusal(lambda: watched.service.add(job))
    assert (refused is not None) == (name.lower() in taken), f"{name}: {refused}"
    if refused is not None:
        return
    watched.memory.forget_tuning_job(name)
    watched.with_deleted_trials.discard(name)
    # It brings a past of its own.
    watched.pictures.clear()
    watched.memory.training.clear()
    watched.memory.phases.clear()
    assert watched.describe(name)["HyperParameterTuningJobStatus"] == job.status


def add_training_job(watched: WatchedService, rng: Random) -> None:
    """Add a training job as it was described, under another name."""
    name, other = watched.some_training_job(rng), rng.choice(TRAINING_NAMES)
    if name is None:
        return
    taken = {each["TrainingJobName"] for each in watched.training_jobs()}
    described = {**watched.describe_training(name), "TrainingJobName": other}
    described["TrainingJobArn"] = described["TrainingJobArn"].replace(name, other)
    if described["TrainingJobStatus"] == "Deleting":  # which cannot be read back
        return
    watched.log.append(f"  add_training_job({name!r} as {other!r})")
    watched.count += 1
    refused = _refusal(lambda: watched.service.add_training_job(described))
    assert (refused is not None) == (other in taken), f"{other}: {refused}"
    if refused is not None:
        return
    watched.pictures.clear()
    watched.memory.forget_training_job(other)
    added = watched.describe_training(other)
    assert added.keys() == described.keys(), f"{added} of {described}"
    same = {each for each in described if each != "TrainingJobArn" and not _has_times(described[each])}
    assert {each: added[each] for each in same} == {each: described[each] for each in same}, (
        f"{added} of {described}"
    )


def _has_times(value: object) -> bool:
    """Whether a member is a time, or a list of what has times: those of a recording are moved."""
    items = value if isinstance(value, list) else [value]
    return any(
        isinstance(each, datetime) or (isinstance(each, dict) and any(map(_has_times, each.values())))
        for each in items
    )


def restore(watched: WatchedService, rng: Random) -> None:
    """A description that is read back describes itself, and lives on where it is added, in another region."""
    name = watched.some_tuning_job(rng)
    if name is None:
        return
    described = watched.describe(name)
    if described["HyperParameterTuningJobStatus"] != "Deleting":
        restored = TuningJob.from_response(described)
        assert restored.describe() == described, described
        assert restored.overrides == {}, f"{restored.overrides} of {described}"
        refused = _refusal(lambda: watched.service.add(restored, region=ELSEWHERE))
        if refused is None:
            watched.restored[name] = watched.now
            added = watched.service.job(name, region=ELSEWHERE).describe()
            for member in (
                "HyperParameterTuningJobStatus",
                "TrainingJobStatusCounters",
                "ObjectiveStatusCounters",
            ):
                assert added[member] == described[member], f"{added} of {described}"
    for handle in watched.service.jobs(region=ELSEWHERE):
        # What lies before the recording is made up so that it leads there, whatever the limits.
        if watched.restored[handle.name] <= watched.now:
            documented.check_tuning_job(handle.describe(), watched.now)


def use_a_handle(watched: WatchedService, rng: Random) -> None:
    """Stop, fail or delete through a handle, which is as when somebody else does so."""
    name = watched.some_tuning_job(rng)
    if name is None:
        return
    handle = watched.service.job(name)
    before = watched.describe(name)["HyperParameterTuningJobStatus"]
    runs, over = (
        before in ("InProgress", "Stopping"),
        before in documented.OVER or before == "DeleteFailed",
    )
    kind, legal, after = rng.choice(
        (
            ("stop", before == "InProgress", "Stopping"),
            ("fail", runs, "Failed"),
            ("delete", over, "Deleting"),
        )
    )
    acts: Mapping[str, Callable[[JobHandle], None]] = {
        "stop": lambda handle: handle.stop(),
        "fail": lambda handle: handle.fail("somebody's doing"),
        "delete": lambda handle: handle.delete(),
    }
    picture = watched.picture() if rng.random() < 0.1 else None
    watched.log.append(f"  job({name!r}).{kind}()")
    watched.count += 1
    refused = _refusal(lambda: acts[kind](handle))
    assert (refused is None) == legal, f"{kind} of {name}, which was {before}: {refused}"
    if refused is not None:
        if picture is not None:
            watched.check_same(picture, f"{kind} was refused")
        return
    watched.changed()
    if kind == "fail":  # which nobody can do to the real service, not even to one that is Stopping
        watched.memory.forget_tuning_job(name)
    if kind == "stop":
        watched.memory.stopped[name] = watched.now
    assert watched.describe(name)["HyperParameterTuningJobStatus"] == after


# Time.


def move_on(watched: WatchedService, rng: Random) -> None:
    """Let time go on."""
    if rng.random() < 0.1:
        watched.pictures = [*watched.pictures[-3:], Picture(watched.now, watched.picture())]
    event = watched.service.next_event_after(watched.now)
    if event is not None and rng.random() < 0.4:
        # Exactly then, or just before.
        watched.clock.time = max(event - timedelta(milliseconds=rng.choice((0, 1))), watched.now)
    else:
        watched.clock.advance(rng.choice(MOVES))
    watched.count += 1
    watched.log.append(f"  it is {watched.now.isoformat()}")


def go_back_and_forth(watched: WatchedService, rng: Random) -> None:
    """At an earlier instant all is as it was, and as it is once the time is back."""
    if not watched.pictures:
        return
    now, present, earlier = watched.now, watched.picture(), rng.choice(watched.pictures)
    until, watched.known_until = watched.known_until, now
    watched.log.append(f"  back to {earlier.at.isoformat()}")
    watched.clock.time = earlier.at
    watched.check_same(earlier.seen, "moved back")
    watched.clock.time = now
    watched.log.append(f"  forth to {now.isoformat()}")
    watched.known_until = until
    watched.check_same(present, "moved back and forth")
    watched.count += 2


def live_on_in_the_past(watched: WatchedService, rng: Random) -> None:
    """Move back, and do whatever comes then."""
    watched.forget()
    watched.clock.time = watched.now - timedelta(seconds=math.floor(10 ** rng.uniform(0, 4)))
    watched.clock.time = max(watched.clock.time, datetime(2026, 1, 1, tzinfo=timezone.utc))
    watched.log.append(f"  back to {watched.now.isoformat()}")
    watched.count += 1
    watched.pictures = [each for each in watched.pictures if each.at <= watched.now]
    # What was done later may be done again, to other jobs.
    watched.with_deleted_trials.update(TUNING_NAMES)


_STEPS: Mapping[Callable[[WatchedService, Random], None], int] = {
    random_reads.look_at_a_tuning_job: 12,
    random_reads.look_at_training_jobs: 6,
    random_reads.list_tuning_jobs: 4,
    random_reads.list_training_jobs: 4,
    random_reads.list_trials: 6,
    random_reads.search: 4,
    tag: 4,
    create_tuning_job: 8,
    create_training_job: 3,
    stop_tuning_job: 3,
    stop_training_job: 5,
    delete_tuning_job: 5,
    delete_training_job: 2,
    update_training_job: 4,
    ask_for_nonsense: 2,
    fail_on_the_way: 1,
    add_job: 4,
    add_training_job: 1,
    restore: 2,
    use_a_handle: 3,
    move_on: 25,
    go_back_and_forth: 1,
    live_on_in_the_past: 1,
}
"""What a driver does, and how often."""
