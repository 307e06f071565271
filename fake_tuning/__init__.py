"""A fake of Amazon SageMaker tuning jobs, in a time you control.

The public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

_HOMES = {
    "AmbientClock": "domain.vocabulary.clock",
    "Call": "service.calls",
    "Clock": "domain.vocabulary.clock",
    "ClockRunaway": "doors.clock.runaway",
    "ClockRunawayIgnored": "doors.clock.runaway",
    "DEFAULT_START": "domain.vocabulary.clock",
    "Dialect": "doors.options",
    "Direction": "doors.faker_provider",
    "Duration": "domain.vocabulary.durations",
    "EventSource": "domain.vocabulary.clock",
    "FakeTuningService": "doors.botocore.fake_service",
    "Fault": "doors.botocore.faults",
    "Instant": "domain.vocabulary.durations",
    "JobHandle": "service.handles",
    "ModelMismatchError": "doors.stubber.model_checks",
    "NetworkBlocked": "doors.botocore.network_guard",
    "Objective": "domain.simulation.scenario",
    "ObjectiveStatus": "domain.vocabulary.statuses",
    "OperationNotServed": "doors.botocore.network_guard",
    "Prospect": "domain.vocabulary.clock",
    "Quirks": "service.quirks",
    "Quotas": "service.validation.quotas",
    "Reading": "domain.vocabulary.clock",
    "Scenario": "domain.simulation.scenario",
    "Score": "domain.simulation.trial_edits",
    "ServiceError": "service.errors",
    "Stamp": "domain.jobs.responses",
    "TrainingStatus": "domain.vocabulary.statuses",
    "Transport": "doors.options",
    "TrialEdit": "domain.simulation.trial_edits",
    "TrialEditor": "domain.simulation.trial_edits",
    "TrialView": "service.handles",
    "TuningConfig": "doors.pytest.options",
    "TuningJob": "doors.builder.tuning_job",
    "TuningProvider": "doors.faker_provider",
    "TuningStatus": "domain.vocabulary.statuses",
    "TuningStubber": "doors.stubber.tuning_stubber",
    "Value": "domain.vocabulary.ranges",
    "VirtualClock": "doors.clock.virtual_clock",
    "WarmStartKind": "doors.builder.warm_start",
}
"""The public names, each with the module that has it: what users call, and the types that signatures name."""

if TYPE_CHECKING:
    # Type checkers read imports only. A test keeps these and the table equal.
    from fake_tuning.domain.jobs.responses import Stamp as Stamp
    from fake_tuning.domain.simulation.scenario import Objective as Objective
    from fake_tuning.domain.simulation.scenario import Scenario as Scenario
    from fake_tuning.domain.simulation.trial_edits import Score as Score
    from fake_tuning.domain.simulation.trial_edits import TrialEdit as TrialEdit
    from fake_tuning.domain.simulation.trial_edits import TrialEditor as TrialEditor
    from fake_tuning.domain.vocabulary.clock import DEFAULT_START as DEFAULT_START
    from fake_tuning.domain.vocabulary.clock import AmbientClock as AmbientClock
    from fake_tuning.domain.vocabulary.clock import Clock as Clock
    from fake_tuning.domain.vocabulary.clock import EventSource as EventSource
    from fake_tuning.domain.vocabulary.clock import Prospect as Prospect
    from fake_tuning.domain.vocabulary.clock import Reading as Reading
    from fake_tuning.domain.vocabulary.durations import Duration as Duration
    from fake_tuning.domain.vocabulary.durations import Instant as Instant
    from fake_tuning.domain.vocabulary.ranges import Value as Value
    from fake_tuning.domain.vocabulary.statuses import ObjectiveStatus as ObjectiveStatus
    from fake_tuning.domain.vocabulary.statuses import TrainingStatus as TrainingStatus
    from fake_tuning.domain.vocabulary.statuses import TuningStatus as TuningStatus
    from fake_tuning.doors.botocore.fake_service import FakeTuningService as FakeTuningService
    from fake_tuning.doors.botocore.faults import Fault as Fault
    from fake_tuning.doors.botocore.network_guard import NetworkBlocked as NetworkBlocked
    from fake_tuning.doors.botocore.network_guard import OperationNotServed as OperationNotServed
    from fake_tuning.doors.builder.tuning_job import TuningJob as TuningJob
    from fake_tuning.doors.builder.warm_start import WarmStartKind as WarmStartKind
    from fake_tuning.doors.clock.runaway import ClockRunaway as ClockRunaway
    from fake_tuning.doors.clock.runaway import ClockRunawayIgnored as ClockRunawayIgnored
    from fake_tuning.doors.clock.virtual_clock import VirtualClock as VirtualClock
    from fake_tuning.doors.faker_provider import Direction as Direction
    from fake_tuning.doors.faker_provider import TuningProvider as TuningProvider
    from fake_tuning.doors.options import Dialect as Dialect
    from fake_tuning.doors.options import Transport as Transport
    from fake_tuning.doors.pytest.options import TuningConfig as TuningConfig
    from fake_tuning.doors.stubber.model_checks import ModelMismatchError as ModelMismatchError
    from fake_tuning.doors.stubber.tuning_stubber import TuningStubber as TuningStubber
    from fake_tuning.service.calls import Call as Call
    from fake_tuning.service.errors import ServiceError as ServiceError
    from fake_tuning.service.handles import JobHandle as JobHandle
    from fake_tuning.service.handles import TrialView as TrialView
    from fake_tuning.service.quirks import Quirks as Quirks
    from fake_tuning.service.validation.quotas import Quotas as Quotas
else:
    __all__ = list(_HOMES)

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

    def __dir__() -> list[str]:
        return list(_HOMES)
