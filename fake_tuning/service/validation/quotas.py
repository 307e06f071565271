"""Quotas: how many instances and tuning jobs an account may have at a time in a region. There are none by default.

One limit holds always: that on the trials of a tuning job, which is ours (see ``job_spec``).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.request.echo import resource_config
from fake_tuning.domain.request.job_spec import MOST_TRIALS, definitions_of, trials_asked_for
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.statuses import LIVE
from fake_tuning.service.error_texts import QUOTA
from fake_tuning.service.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fake_tuning.service.store import Store

_INSTANCES = "{instance} for {spot}training job usage"
_ALL_INSTANCES = "Number of instances across all {spot}training jobs"
_TUNING_JOBS = "Number of concurrent hyperparameter tuning jobs"

_TRIALS = "Number of training jobs per hyperparameter tuning job"

_SPOT = ("", "spot ")


def _names(instance: str) -> list[str]:
    forms = (_INSTANCES, _ALL_INSTANCES)
    return [*(form.format(instance=instance, spot=spot) for form in forms for spot in _SPOT), _TUNING_JOBS]


_KNOWN = re.compile("|".join(_names(r"ml\.[a-z0-9.-]+")))


@dataclass(frozen=True)
class Quotas:
    """The quotas of an account. They are the same in all its regions.

    The names are those of AWS's Service Quotas, and for concurrent tuning jobs that of the developer guide. A
    training job holds its instances until it is terminal, also while it is being stopped (quoted).

    A tuning job is checked once, when it is created: it asks for as many instances as all its parallel trials need
    at a time (inferred), of each instance type that one of its definitions names. It holds only those of trials that
    it has launched, and launches its trials even if a quota is exceeded by then. Jobs that a test adds are not
    checked.

    Args:
        limits: the limits by name, such as ``{"ml.m5.xlarge for training job usage": 8}``. If several are exceeded,
            the first in this order is reported.

    Raises:
        ValueError: a name is unknown, or a limit is negative.
        TypeError: a limit is no whole number.
    """

    limits: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, limit in self.limits.items():
            if not isinstance(name, str) or not _KNOWN.fullmatch(name):
                *others, last = map(repr, _names("<instance type>"))
                raise ValueError(f"unknown quota {name!r}: there are {', '.join(others)} and {last}")
            if not is_whole(limit):
                raise TypeError(f"the quota {name!r} must be a whole number, but is {limit!r}")
            if limit < 0:
                raise ValueError(f"the quota {name!r} must not be negative, but is {limit}")
        object.__setattr__(self, "limits", MappingProxyType(dict(self.limits)))

    def check_tuning_job(self, request: Mapping[str, Any], store: Store, now: int) -> None:
        """Refuse a tuning job that would exceed a quota, or launch more trials than this fake can simulate.

        Args:
            request: the CreateHyperParameterTuningJob request, which the other rules accept.
            store: what exists in the region.
            now: the present instant, in milliseconds since 1970.

        Raises:
            ServiceError: ResourceLimitExceeded.
        """
        trials = trials_asked_for(request)
        if trials > MOST_TRIALS:
            raise _exceeded(_TRIALS, MOST_TRIALS, used=0, delta=trials)
        parallel = request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"]
        asked: Counter[str] = Counter({_TUNING_JOBS: 1})
        for definition in definitions_of(request):
            # Each of the parallel trials may be of any definition: the one that needs most counts.
            for name, count in _needed(definition.request, spot=definition.spot).items():
                asked[name] = max(asked[name], parallel * count)
        self._check(asked, store, now)

    def check_training_job(self, request: Mapping[str, Any], store: Store, now: int) -> None:
        """Refuse a training job that would exceed a quota.

        Args:
            request: the CreateTrainingJob request, which the other rules accept.
            store: what exists in the region.
            now: the present instant, in milliseconds since 1970.

        Raises:
            ServiceError: ResourceLimitExceeded.
        """
        self._check(_needed(request, spot=request.get("EnableManagedSpotTraining", False)), store, now)

    def _check(self, asked: Counter[str], store: Store, now: int) -> None:
        held = _held(store, now) if self.limits else Counter[str]()
        for name, limit in self.limits.items():
            if asked[name] and held[name] + asked[name] > limit:
                raise _exceeded(name, limit, used=held[name], delta=asked[name])


def _exceeded(name: str, limit: int, *, used: int, delta: int) -> ServiceError:
    unit = "Jobs" if name in (_TUNING_JOBS, _TRIALS) else "Instances"
    text = QUOTA.format(quota=name, limit=limit, unit=unit, used=used, delta=delta)
    return ServiceError("ResourceLimitExceeded", text)


def _held(store: Store, now: int) -> Counter[str]:
    held = Counter[str]()
    for job in store.training_jobs(now):
        if job.trial.ended > now:
            held += _needed(job.trial.definition.request, spot=job.trial.definition.spot)
    standing = store.tuning_jobs(now)
    held[_TUNING_JOBS] = sum(record.timeline.state(now).status in LIVE for record in standing)
    return held


def _needed(definition: Mapping[str, Any], *, spot: bool) -> Counter[str]:
    """Return the instances that one training job needs, by the names of the quotas on them."""
    resources = resource_config(definition)
    # A training job that would take one of several types gets the first.
    kinds = resources.get("InstanceGroups") or resources.get("InstancePreferences", ())[:1] or (resources,)
    needed = Counter[str]()
    for each in kinds:
        if "InstanceType" in each:
            count = each.get("InstanceCount", resources.get("InstanceCount", 1))
            needed[_INSTANCES.format(instance=each["InstanceType"], spot=_SPOT[spot])] += count
            needed[_ALL_INSTANCES.format(spot=_SPOT[spot])] += count
    return needed
