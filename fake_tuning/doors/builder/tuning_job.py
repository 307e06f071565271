"""The builder: tuning jobs in any status, written in a line, immutable and consistent."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.situation import Situation
from fake_tuning.domain.jobs.tuning_job_record import ParentBest, TuningJobRecord
from fake_tuning.domain.recordings.tuning_job_recording import TuningJobRecording, differing
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.scenario import Objective, Scenario
from fake_tuning.domain.simulation.trial_edits import TrialEdit, TrialEditor
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from fake_tuning.domain.vocabulary.durations import (
    Duration,
    Instant,
    epoch_ms,
    instant,
    spell,
    utc,
)
from fake_tuning.domain.vocabulary.failure_texts import failure_reason
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.ranges import ranges_to_aws
from fake_tuning.domain.vocabulary.statuses import TUNING_STATUSES, TuningStatus
from fake_tuning.domain.vocabulary.suggestions import checks_keywords, choices
from fake_tuning.doors.builder.after_capture import check_behaviour, check_ending, check_trial
from fake_tuning.doors.builder.argument_checks import (
    check_free,
    check_metric_type,
    checked_count,
    checked_date,
    checked_name,
    checked_place,
    checked_ranges,
    checked_seed,
    checked_static,
    checked_strategy,
    checked_tags,
)
from fake_tuning.doors.builder.composition import Composition, compose, launched_in_all, replaced, resumed
from fake_tuning.doors.builder.job_answers import JobAnswers
from fake_tuning.doors.builder.job_trial_editor import JobTrialEditor
from fake_tuning.doors.builder.member_checks import (
    Structure,
    check_members,
    check_overrides,
    check_ranges,
    check_words,
    described_members,
)
from fake_tuning.doors.builder.request_builder import DefinitionRequest, RequestBuilder, made_up_name
from fake_tuning.doors.builder.source_code import keeps_code
from fake_tuning.doors.builder.status_now import DEFAULT_LIMITS, StatusNow
from fake_tuning.doors.builder.warm_start import WarmStart, WarmStartKind
from fake_tuning.doors.options import ServiceOptions
from fake_tuning.service.validation.captured_answers import read_tuning_job

DEFAULT_PLACE = Place(ServiceOptions.region, ServiceOptions.account)
"""The region and account of a job that is not located elsewhere."""

_ONE_ENDING = "a job that is {status} now cannot also end later: say one or the other"

_DEFINING = ("maximize", "minimize", "searching", "static")
"""The keywords of ``TuningJob.defining`` that are no members by their AWS names."""

_WORDS = {
    "TuningObjective": "maximize or minimize, with the name of the metric",
    "HyperParameterRanges": "searching, with the ranges by name",
}
"""What to say in place of a member of a definition that has its own word."""

_NAMING = {"DefinitionName": "the name as the first argument"}
"""What to say in place of the name of one of several definitions."""


@checks_keywords
@keeps_code
@dataclass(frozen=True, init=False, repr=False)
class TuningJob(JobAnswers):
    """A hyperparameter tuning job for a test.

    A job is immutable: every method returns a new one. What you leave out is made up by the Faker provider from the
    seed, so that the same seed gives the same job everywhere. Without a status, a job has just been created. Jobs
    with equal parts are equal.

    ``repr(job)`` is the code that makes the job, with two exceptions: a function is shown by its name, a lambda as
    ``<lambda>``, and a job of ``from_response`` shows no more of the response than the name.

    Args:
        name: the tuning job's name; None makes one up.
        seed: determines everything that is made up.

    Raises:
        TypeError: the name is no text.
        ValueError: the service would refuse the name, or the seed is no whole number.

    Attributes:
        name: the tuning job's name.
        seed: the seed.
        requested: the parts of its request that were set.
        scenario: how it behaves.
        status_now: the status that it was given.
        place: its region and account.
        warm_start: its warm start, or None.
        creation: when it was created, in milliseconds since 1970, or None if that was not set.
        overrides: members of its describe response that were set by hand; None removes one.
        recording: the response that it was read from, or None.
        code: the calls that make it.
    """

    name: str
    seed: int
    requested: RequestBuilder
    scenario: Scenario
    status_now: StatusNow
    place: Place
    warm_start: WarmStart | None
    creation: int | None
    overrides: Mapping[str, Any]
    recording: TuningJobRecording | None
    code: tuple[str, ...] = field(compare=False)

    def __init__(self, name: str | None = None, *, seed: int = 0) -> None:
        # Set past the dataclass, which lets nobody set anything.
        self.__dict__.update(
            seed=checked_seed(seed),
            name=made_up_name(seed) if name is None else checked_name(name),
            requested=RequestBuilder(),
            scenario=Scenario(),
            status_now=StatusNow(),
            place=DEFAULT_PLACE,
            warm_start=None,
            creation=None,
            overrides={},
            recording=None,
            code=(),
        )

    def __hash__(self) -> int:
        # Parts with mappings in them are left out: equal jobs have equal hashes all the same.
        return hash((self.name, self.seed, self.status_now, self.place, self.creation))

    def __repr__(self) -> str:
        """Return the code that makes the job.

        It cannot be pasted back where it names a function without a name of its own (a lambda), or a value whose
        ``repr`` is no code (an override with ``nan``). Of a job that ``from_response`` read, it shows only the name.
        """
        if self.recording is not None:
            begin = f"TuningJob.from_response({{'HyperParameterTuningJobName': {self.name!r}, ...}})"
        else:
            begin = f"TuningJob({self.name!r}{f', seed={self.seed!r}' if self.seed else ''})"
        return begin + "".join(self.code)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Show the code in notebooks and in Hypothesis' reports too, and not all the parts."""
        printer.text(repr(self))

    def __getstate__(self) -> dict[str, Any]:
        """Return the parts, without what is derived from them: a simulation can be neither copied nor pickled."""
        return {each.name: self.__dict__[each.name] for each in fields(self)}

    # What is tuned, and how.

    def maximize(self, metric: str) -> TuningJob:
        """Maximize this metric.

        Raises:
            ValueError: the name is empty, too long or no text, or ``configured`` set another objective.
        """
        return self._with_metric(metric, maximize=True)

    def minimize(self, metric: str) -> TuningJob:
        """Minimize this metric.

        Raises:
            ValueError: the name is empty, too long or no text, or ``configured`` set another objective.
        """
        return self._with_metric(metric, maximize=False)

    def _with_metric(self, metric: str, *, maximize: bool) -> TuningJob:
        job = self._requesting_of_all(metric=metric, maximize=maximize)
        check_free(
            self.requested.config,
            "configured",
            "HyperParameterTuningJobObjective",
            job.requested.common.objective,
        )
        return job

    def searching(self, /, **ranges: object) -> TuningJob:
        """Set the hyperparameters to tune, in place of any that were set before.

        Args:
            ranges: by name ``(low, high)`` or ``(low, high, scaling)``, a ``range``, or a list of values.

        Raises:
            TypeError: a range cannot be read.
            ValueError: so too, or there are too many, or ``configured`` set others.
        """
        checked = checked_ranges(ranges)
        check_free(self.requested.config, "configured", "ParameterRanges", ranges_to_aws(checked))
        return self._requesting_of_all(ranges=checked)

    def with_static(self, /, **hyperparameters: object) -> TuningJob:
        """Set the hyperparameters that every trial gets. Their values are written as text.

        Raises:
            ValueError: there are too many, a name or a value is longer than the service allows, or ``defined`` set
                others.
        """
        static = checked_static(hyperparameters)
        check_free(self.requested.common.members, "defined", "StaticHyperParameters", static)
        return self._requesting_of_all(static=static)

    def trials(self, most: int, *, parallel: int | None = None, each: Duration | None = None) -> TuningJob:
        """Set how many trials the job launches at most, how many run at a time, and how long each takes.

        A trial that ends in RetryableError does not count towards the maximum: the job launches another one for it.

        Raises:
            TypeError: the length of a trial is no duration.
            ValueError: a number is no whole number from 1, the length cannot be read or is nothing, or
                ``configured`` set other limits.
        """
        checked_count("trials", most)
        together = self.requested.parallel if parallel is None else checked_count("parallel trials", parallel)
        self._check_unrecorded()
        limits = {"MaxNumberOfTrainingJobs": most}
        if parallel is not None:
            limits["MaxParallelTrainingJobs"] = parallel
        check_free(self.requested.config, "configured", "ResourceLimits", limits)
        requested = replace(self.requested, max_trials=most, parallel=together)
        return self._with(
            requested=requested, scenario=self.scenario if each is None else self.scenario.each(each)
        )

    def strategy(self, name: str) -> TuningJob:
        """Set the strategy: Bayesian (the default), Random, Hyperband or Grid.

        Raises:
            ValueError: there is no such strategy, or ``configured`` set another one.
        """
        check_free(self.requested.config, "configured", "Strategy", checked_strategy(name))
        return self._requesting(strategy=name)

    def configured(self, /, **members: Any) -> TuningJob:
        """Set members of the request's HyperParameterTuningJobConfig by their AWS names.

        They take the place of what other words set before, and are checked against the service model of the
        installed botocore.

        Raises:
            TypeError: there is no such member, at any depth, or a value is of another type.
            ValueError: the model does not allow a value, or a range cannot be searched.
        """
        if "Strategy" in members:
            checked_strategy(members["Strategy"])
        check_metric_type(members.get("HyperParameterTuningJobObjective"))
        given = _checked("HyperParameterTuningJobConfig", members)
        check_ranges(given.get("ParameterRanges", {}))
        return self._requesting(config={**self.requested.config, **given})

    def defined(self, /, **members: Any) -> TuningJob:
        """Set members of the request's TrainingJobDefinition by their AWS names, or of all definitions.

        They are checked against the service model of the installed botocore.

        Raises:
            TypeError: there is no such member, at any depth, a value is of another type, or the member has its own
                word: ``maximize``, ``minimize`` and ``searching`` set the objective and the ranges.
            ValueError: the model does not allow a value, or several definitions would get one name.
        """
        check_words("defined", members, _WORDS)
        given = _checked("TrainingJobDefinition", members)
        return self._requesting_of_all(members={**self.requested.common.members, **given})

    def defining(
        self,
        name: str,
        /,
        *,
        maximize: str | None = None,
        minimize: str | None = None,
        searching: Mapping[str, object] | None = None,
        static: Mapping[str, object] | None = None,
        **members: Any,
    ) -> TuningJob:
        """Add one of several training job definitions, or replace the one of this name.

        The definitions take turns at launching trials. What you leave out of a definition is as you set it for the
        job, with ``maximize``, ``minimize``, ``searching``, ``with_static`` and ``defined``, or else made up.

        Args:
            name: its DefinitionName.
            maximize: the metric to maximize.
            minimize: the metric to minimize.
            searching: the hyperparameters to tune, by name (see ``searching``).
            static: hyperparameters that its trials get in addition to those of the job (see ``with_static``).
            members: further members of the definition by their AWS names. They are checked against the service
                model of the installed botocore.

        Raises:
            TypeError: there is no such member, at any depth, a value is of another type, or the member has its own
                argument: ``name``, ``maximize``, ``minimize`` and ``searching``.
            ValueError: the model does not allow a value, a range cannot be read, there are two metrics, or there
                are too many definitions, ranges or static hyperparameters.
        """
        check_words("defining", members, {**_WORDS, **_NAMING})
        if static is not None and "StaticHyperParameters" in members:
            raise TypeError(
                f"definition {name!r} has its hyperparameters twice: say static or StaticHyperParameters"
            )
        if maximize is not None and minimize is not None:
            raise ValueError(f"definition {name!r} has one metric: say maximize or minimize, not both")
        for member in members:
            if not member[:1].isupper():
                raise TypeError(choices("keyword of TuningJob.defining", member, _DEFINING))
        given = _checked("TrainingJobDefinitions", {"DefinitionName": name, **members})
        definition = DefinitionRequest(
            name=given.pop("DefinitionName"),
            metric=minimize if maximize is None else maximize,
            maximize=minimize is None,
            ranges=checked_ranges(searching or {}),
            static=None if static is None else checked_static(static),
            members=given,
        )
        return self._requesting(definitions=self.requested.defining(definition))

    def tagged(self, /, **tags: str) -> TuningJob:
        """Set the tags that the job is created with.

        Raises:
            TypeError: a value is no text.
            ValueError: there are too many, a key begins with ``aws:``, or a key or a value is longer than the service
                allows.
        """
        return self._with(requested=replace(self.requested, tags=checked_tags(tags)))

    def located(self, *, region: str | None = None, account: str | None = None) -> TuningJob:
        """Set the region and the account in its ARNs.

        Raises:
            TypeError: one of them is no text.
            ValueError: one of them cannot be part of an ARN.
        """
        return self._with(place=checked_place(region or self.place.region, account or self.place.account))

    def warm_started_from(
        self,
        parent: TuningJob | str,
        /,
        *more: TuningJob | str,
        kind: WarmStartKind = "IdenticalDataAndAlgorithm",
    ) -> TuningJob:
        """Make the job start from what other tuning jobs found.

        Its metric, ranges and definitions are those of the first parent that you pass as a job, except for what you
        set. After a start of the kind IdenticalDataAndAlgorithm, OverallBestTrainingJob is the best among its own
        trials and those of the parents that you pass as jobs. In a service, it is the best among its own trials and
        those of all parents, as they are when the job is added.

        Args:
            parent: a job that has ended, or the name of one.
            more: further parents.
            kind: AWS's name for the kind of warm start.

        Raises:
            TypeError: a parent is neither a job nor a name.
            ValueError: there is no such kind, a parent has not ended or is the job itself, or there are too many.
        """
        self._check_unrecorded()
        return self._with(warm_start=WarmStart.checked(self.name, (parent, *more), kind))

    # How it behaves.

    def each(self, shortest: Duration, longest: Duration | None = None) -> TuningJob:
        """Set how long each trial takes, from its creation to its end: one length, or a shortest and a longest.

        Raises:
            TypeError: a length is no duration.
            ValueError: a length cannot be read or is nothing, they do not rise, or all trials were over when the job
                was captured.
        """
        return self._behaving(self.scenario.each(shortest, longest))

    def paced(
        self, /, *, as_in: int | None = None, **lengths: Duration | tuple[Duration, Duration]
    ) -> TuningJob:
        """Set how long the stages of the job and of its trials take (see ``Scenario.paced``).

        Args:
            as_in: a year, as in which all stages take that are not given here.
            lengths: by stage, a length or a pair of the shortest and the longest.

        Raises:
            TypeError: there is no such stage, a length is no duration, or the year is no whole number.
            ValueError: a length cannot be read or is nothing, a pair does not rise, nothing is known of that year, or
                the stages were over when the job was captured.
        """
        return self._behaving(self.scenario.paced(as_in=as_in, **lengths))

    def scored_by(self, objective: Objective) -> TuningJob:
        """Set the function that scores a trial from the values that it tries. A list is a learning curve.

        It is called when somebody looks at the job, which depends on it: a RuntimeError tells it so if it asks the
        service that was asked for the job, or a job that it scores. It must not wait for another thread that asks
        them: that thread waits until it returns.

        Raises:
            TypeError: it is no function, or returns neither a number, nor a list of numbers, nor None.
            ValueError: it returns a number that is not finite or that no 32-bit number holds, or more than 10,000; or
                all trials were over when the job was captured.
        """
        return self._behaving(self.scenario.scored_by(objective))

    def failing(self, rate: float) -> TuningJob:
        """Set the share of the trials that fail, from 0 to 1. The seed chooses which.

        Raises:
            TypeError: it is no number.
            ValueError: it is not from 0 to 1, or all trials were over when the job was captured.
        """
        return self._behaving(self.scenario.failing(rate))

    def trial(self, number: int) -> TrialEditor[TuningJob]:
        """Choose one trial, to say what happens to it. Trials are numbered from 1 in the order of launch.

        One that replaces another has a number beyond the job's maximum: first say that the other one ends in
        RetryableError.

        Raises:
            ValueError: the number is no whole number from 1, the job launches no such trial, or the trial was over when
                the job was captured (see ``from_response``).
        """
        captured = self._captured
        scenario = self.scenario if captured is None else self.composed.scenario
        most = launched_in_all(self._spec, scenario)
        if captured is not None and is_whole(number):
            check_trial(captured, number, most)
        if is_whole(number) and number > most:
            enough = number - (most - self._spec.max_trials)
            raise ValueError(
                f"trial {number} is never launched: the job launches at most {most}. Say .trials({enough}) or, if "
                "it replaces another trial, say before it what happens to that: .trial(1).hits_internal_errors()"
            )
        return JobTrialEditor(number, self._edited, self.code)

    def _edited(self, number: int, edit: TrialEdit) -> TuningJob:
        tuned = self.requested.range_names()
        if self.recording is not None:
            recorded = [each.name for definition in self._spec.definitions for each in definition.ranges]
            tuned = list(dict.fromkeys(recorded))
        for name in edit.tuned or {}:
            if tuned and name not in tuned:
                raise ValueError(choices(f"hyperparameter of trial {number}", name, tuned))
        return self._with(scenario=self.scenario.edited(number, edit))

    def _behaving(self, scenario: Scenario) -> TuningJob:
        if self._captured is not None:
            check_behaviour(self._captured, self.scenario, scenario)
        return self._with(scenario=scenario)

    # Its status now.

    def in_progress(
        self,
        *,
        completed: int = 0,
        running: int | None = None,
        failed: int = 0,
        stopped: int = 0,
    ) -> TuningJob:
        """Make the job InProgress now, with these numbers of trials (running: as many as there is room for).

        Raises:
            ValueError: the numbers contradict the job's, or each other.
        """
        return self._in(StatusNow("InProgress", completed, failed, stopped, running))

    def completed(self, *, completed: int | None = None, failed: int = 0, stopped: int = 0) -> TuningJob:
        """Make the job Completed now. Without numbers, its trials end as they would by themselves.

        Raises:
            ValueError: the numbers contradict the job's.
        """
        return self._in(StatusNow("Completed", completed, failed, stopped))

    def failed(
        self,
        reason: str | None = None,
        *,
        completed: int | None = None,
        failed: int | None = None,
        stopped: int | None = None,
    ) -> TuningJob:
        """Make the job Failed now.

        Args:
            reason: its FailureReason; None: the service's own text.
            completed: trials that had completed.
            failed: trials that had failed. Without numbers all trials fail, until the service gives up.
            stopped: trials that the failure cut short.

        Raises:
            TypeError: the reason is no text.
            ValueError: the numbers contradict the job's.
        """
        kept = None if reason is None else failure_reason(reason)
        return self._in(StatusNow("Failed", completed, failed, stopped, reason=kept))

    def stopped(
        self, *, completed: int | None = None, failed: int = 0, stopped: int | None = None
    ) -> TuningJob:
        """Make the job Stopped now, with these numbers of trials. Those ``stopped`` ran when the job was stopped.

        Raises:
            ValueError: the numbers contradict the job's.
        """
        return self._in(StatusNow("Stopped", completed, failed, stopped))

    def stopping(
        self, *, completed: int | None = None, failed: int = 0, running: int | None = None
    ) -> TuningJob:
        """Make the job Stopping now: it was asked to stop a second ago, and some trials still run.

        Raises:
            ValueError: the numbers contradict the job's.
        """
        return self._in(StatusNow("Stopping", completed, failed, None, running))

    def deleting(self) -> TuningJob:
        """Make the job Deleting now: it had completed, and somebody deleted it a second ago.

        Raises:
            ValueError: the job cannot have completed, by what was said of its trials or its end.
        """
        return self._in(StatusNow("Deleting"))

    def delete_failed(self) -> TuningJob:
        """Make the job DeleteFailed now: it had completed, and deleting it failed.

        Raises:
            ValueError: the job cannot have completed, by what was said of its trials or its end.
        """
        return self._in(StatusNow("DeleteFailed"))

    def in_status(self, status: TuningStatus) -> TuningJob:
        """Give the job this status now.

        Raises:
            ValueError: there is no such status.
        """
        if status not in TUNING_STATUSES:
            raise ValueError(choices("status", status, TUNING_STATUSES))
        return self._in(StatusNow(status))

    def _in(self, now: StatusNow) -> TuningJob:
        if now.status is not None and not self.scenario.ending.fits(now.status):
            raise ValueError(_ONE_ENDING.format(status=now.status))
        return self._with(status_now=now)

    def created(self, at: Instant) -> TuningJob:
        """Set when the job was created.

        Without a service, "now" is the time at which the job has just reached the status that you gave it. In a
        service, the job has that status at the service's now: trials that run have been running for longer, and a
        job that has ended did so longer ago. A job without a status goes on from its creation.

        Args:
            at: the instant. A service refuses the job when its own now is too early for the job's status.

        Raises:
            TypeError: it is no instant, or says no time zone.
            ValueError: the text cannot be read, or no date can tell when the job would reach its status.
        """
        return self._with(creation=epoch_ms(instant(at, "the creation of a job")))

    # How it ends.

    def completes(self, *, after: Duration | None = None) -> TuningJob:
        """Make the job complete: this long after now, or when its trials have ended (see ``Scenario.completes``).

        Raises:
            TypeError: the time is no duration.
            ValueError: it cannot be read or is nothing, or the job has a status that excludes this ending.
        """
        return self._ending(self.scenario.completes(after=after))

    def fails(self, reason: str | None = None, *, after: Duration | None = None) -> TuningJob:
        """Make the job fail: this long after now, or when all its trials have failed (see ``Scenario.fails``).

        Raises:
            TypeError: the reason is no text, or the time is no duration.
            ValueError: the time cannot be read or is nothing, or the job has a status that excludes this ending.
        """
        return self._ending(self.scenario.fails(reason, after=after))

    def stops(self, *, after: Duration | None = None) -> TuningJob:
        """Make somebody else stop the job: this long after now, or half-way (see ``Scenario.stops``).

        Raises:
            TypeError: the time is no duration.
            ValueError: it cannot be read or is nothing, or the job has a status that excludes this ending.
        """
        return self._ending(self.scenario.stops(after=after))

    def never_ends(self, *, ignoring_limits: bool = False) -> TuningJob:
        """Make the last trial train until a limit ends it, or somebody stops it (see ``Scenario.never_ends``).

        Args:
            ignoring_limits: it trains on past every limit; without this the job ends after a day, unless
                ``defined(StoppingCondition=...)`` gives its trials another limit.

        Raises:
            TypeError: ``ignoring_limits`` is neither True nor False.
            ValueError: the job has a status that excludes this ending.
        """
        return self._ending(self.scenario.never_ends(ignoring_limits=ignoring_limits))

    def _ending(self, scenario: Scenario) -> TuningJob:
        if self.status_now.status not in (None, "InProgress"):
            raise ValueError(_ONE_ENDING.format(status=self.status_now.status))
        if self._captured is not None:
            check_ending(self._captured, scenario.ending)
        return self._with(scenario=scenario)

    def overriding(self, /, **members: Any) -> TuningJob:
        """Set members of the describe response by hand, valid or not. ``None`` removes a member.

        Use it for responses that the service would never give. Values are not checked. Names are, against the
        service model of the installed botocore.

        Raises:
            TypeError: a describe response has no such member, in any dialect.
        """
        check_overrides(members, self.recording.response if self.recording else ())
        return self._overriding(members)

    def _overriding(self, members: Mapping[str, Any]) -> TuningJob:
        return self._with(overrides={**self.overrides, **copy.deepcopy(dict(members))})

    def without_overrides(self) -> TuningJob:
        """Return the job without what ``overriding`` set."""
        return self._with(overrides={})

    # What it is.

    @property
    def is_recorded(self) -> bool:
        """Whether it was read from a response of the real service."""
        return self.recording is not None

    @property
    def _captured(self) -> TuningJobRecording | None:
        """The response that it was read from, unless it was given another status."""
        return self.recording if self.status_now.status is None else None

    @property
    def request(self) -> dict[str, Any]:
        """A copy of the CreateHyperParameterTuningJob request that makes this job."""
        return copy.deepcopy(dict(self._request))

    @cached_property
    def _request(self) -> Mapping[str, Any]:
        if self.recording is not None:
            return {**self.recording.request, **self.requested.tag_list}
        return self._requested(self._limits)

    def _requested(self, limits: tuple[int, int]) -> Mapping[str, Any]:
        warm = self.warm_start
        return self.requested.request(
            self.name,
            self.seed,
            self.place,
            limits,
            warm_start=None if warm is None else warm.config,
            template=None if warm is None else warm.template,
        )

    @property
    def _limits(self) -> tuple[int, int]:
        """How many trials it launches at most, and how many run at a time."""
        if self.requested.max_trials is not None:
            return self.requested.max_trials, self.requested.parallel or DEFAULT_LIMITS[1]
        # As many as leave room for the trials that the test asks for.
        most, parallel = self.status_now.limits
        if self.status_now.has_all_trials and any(
            edit.is_replaced(retries=0) for edit in self.scenario.edits.values()
        ):
            spec = JobSpec.read(self._requested((most, parallel)))
            most = max(most - replaced(spec, self.scenario, most), 1)
        return most, parallel

    @property
    def composed(self) -> Situation:
        """How the job gets the status that it has: its scenario, what was done to it, and its age."""
        return self._composition.situation

    @cached_property
    def _spec(self) -> JobSpec:
        return JobSpec.read(self._request)

    @property
    def _behaviour(self) -> tuple[object, ...]:
        """What its simulation depends on: jobs that differ only in other parts share it."""
        return (self._spec, self.scenario, self.status_now, self.recording)

    @cached_property
    def _composition(self) -> Composition:
        if self._captured is not None:
            return resumed(self._captured.resumed(self.scenario), self._spec, self.seed)
        return compose(self.status_now, self._spec, self.scenario, self.seed)

    @property
    def age(self) -> int:
        """How long ago the job was created, in milliseconds."""
        return self._composition.age

    def record_at(
        self,
        now: int,
        place: Place | None = None,
        *,
        parent_best: ParentBest | None = None,
        predecessors: int = 0,
    ) -> TuningJobRecord:
        """Return the job as it exists when "now" is an instant.

        Args:
            now: the instant, in milliseconds since 1970.
            place: the region and the account; None: the job's own.
            parent_best: the best trial of the parents of its warm start. What was recorded stays as it is.
            predecessors: how many tuning jobs had its name before; its trials have other names than theirs, unless
                they were recorded.

        Raises:
            ValueError: the job cannot have the status that it was given by then, since it was created too late.
        """
        timeline, where = self._composition_at(now).timeline_at(now), place or self.place
        if predecessors:
            timeline = timeline.following(predecessors)
        recording = self.recording
        if recording is None:
            return TuningJobRecord.of(
                timeline, self._request, where, parent_best=parent_best, overrides=self.overrides
            )
        return TuningJobRecord.of(
            timeline,
            self._request,
            where,
            parent_best=recording.parent_best(timeline.created, where),
            overrides={**self.overrides, **recording.moved(self._captured_overrides, timeline.created)},
            echoed=recording.echo,
            kept=recording.kept_at(timeline.created, as_captured=self._captured is not None),
            named_in_arn=recording.named_in_arn,
        )

    @property
    def _captured_overrides(self) -> dict[str, Any]:
        """The members that are overridden with what was captured: their times move with the job."""
        response = self.recording.response if self.recording else {}
        return {
            name: value
            for name, value in self.overrides.items()
            if name in response and response[name] == value
        }

    def _composition_at(self, now: int) -> Composition:
        """Return the composition of the job at the age that it has at an instant."""
        if self.creation is None or now - self.creation == self.age:
            return self._composition
        age = now - self.creation
        if age < 0:
            raise ValueError(
                f"{self.name!r} was created at {utc(self.creation).isoformat()}, which is {spell(-age)} after now "
                f"({utc(now).isoformat()}): move the clock, or say an earlier .created(...)"
            )
        if self._captured is not None:
            return replace(self._composition, age=age)
        return compose(self.status_now, self._spec, self.scenario, self.seed, age)

    @cached_property
    def _record(self) -> TuningJobRecord:
        warm = self.warm_start
        best = None if warm is None else warm.best(self._now - self.age)
        return self.record_at(self._now, parent_best=best)

    @property
    def _now(self) -> int:
        if self.creation is not None:
            return self.creation + self.age
        return epoch_ms(DEFAULT_START) if self.recording is None else self.recording.observed

    @classmethod
    def from_response(cls, response: Mapping[str, Any], *, name: str | None = None) -> TuningJob:
        """Read a real DescribeHyperParameterTuningJob response back into a job.

        The job describes itself as it was recorded, member for member: those that no model knows are kept, also in the
        lists of the job and its trials, and null stands for a member that is not set. What the response does not show
        (the other trials, what comes next) is made up. Without a service, "now" is when it was recorded.

        What you say of the job then holds from the capture on: how it ends, how long things take, and what happens to
        trials that had not ended. Of what was over by then nothing can be said, unless you give the job a status: then
        all its trials are made up anew. Trials that nobody scores have values near that of the best one, and worse.

        Args:
            response: the whole response; its times are datetimes, as placebo writes them too, ISO texts, or seconds or
                milliseconds since 1970. Names in it may have been edited.
            name: another name for the job, which its ARN and the names of its trials get, too; None: its own.

        Raises:
            TypeError: it is no response, a value in it is of another type than the service model's, or the name is no
                text.
            ValueError: the response lacks members that every response has, cannot be read, contradicts itself, or is
                wrapped in something; or the service would refuse the name.
        """
        recording = read_tuning_job(response, None if name is None else checked_name(name))
        # Past the checks of names: people edit them, and a recording may have members that the installed model lacks.
        job = cls("recorded")._with(name=recording.name, place=recording.place, recording=recording)
        recording = recording.keeping(job.describe(), described_members())
        job = job._with(recording=recording)
        job = job._with(recording=recording.otherwise(job.describe()))
        return job._overriding(differing(recording.response, job.describe()))

    @classmethod
    def every_status(cls) -> tuple[TuningJob, ...]:
        """Return one valid job per status, to parametrize a test with: ``ids=lambda job: job.status``."""
        return tuple(cls(f"job-{status.lower()}").in_status(status) for status in TUNING_STATUSES)

    # How another job is made of it.

    def _requesting_of_all(self, **parts: Any) -> TuningJob:
        """Return a job with other parts of all its training job definitions."""
        return self._requesting(common=replace(self.requested.common, **parts))

    def _requesting(self, **parts: Any) -> TuningJob:
        """Return a job with other parts of its request.

        Raises:
            ValueError: the job was recorded, and so was its request.
        """
        self._check_unrecorded()
        return self._with(requested=replace(self.requested, **parts))

    def _check_unrecorded(self) -> None:
        if self.recording is not None:
            raise ValueError(
                f"the request of {self.name!r} was recorded and cannot be changed here: "
                "change the response before you give it to from_response"
            )

    def _with(self, **parts: Any) -> TuningJob:
        """Return a job with other parts.

        Raises:
            ValueError: they contradict each other, or no date can tell when the job has its status: it is composed
                at the line that wrote them.
        """
        job = object.__new__(type(self))
        job.__dict__.update(self.__getstate__(), **parts)
        if job._behaviour == self._behaviour:
            job.__dict__["_composition"] = self._composition
        checked_date(job._now - job.age, "the creation of a job")
        checked_date(job._now, "the time at which the job has its status")
        return job

    def _with_code(self, code: tuple[str, ...]) -> TuningJob:
        job = object.__new__(type(self))
        job.__dict__.update(self.__dict__, code=code)
        return job


def _checked(structure: Structure, members: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of members that the service model allows."""
    check_members(structure, members)
    return copy.deepcopy(dict(members))
