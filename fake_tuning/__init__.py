"""A fake of Amazon SageMaker tuning jobs, in a time you control.

The public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_tuning.domain.simulation.scenario import Scenario
    from fake_tuning.domain.vocabulary.clock import DEFAULT_START, AmbientClock, Clock
    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from fake_tuning.doors.botocore.faults import Fault
    from fake_tuning.doors.botocore.network_guard import NetworkBlocked, OperationNotServed
    from fake_tuning.doors.builder.tuning_job import TuningJob
    from fake_tuning.doors.clock.runaway import ClockRunaway
    from fake_tuning.doors.clock.virtual_clock import VirtualClock
    from fake_tuning.doors.faker_provider import TuningProvider
    from fake_tuning.doors.pytest.options import TuningConfig
    from fake_tuning.doors.stubber.tuning_stubber import TuningStubber
    from fake_tuning.service.errors import ServiceError
    from fake_tuning.service.quirks import Quirks

_HOMES = {
    "AmbientClock": "domain.vocabulary.clock",
    "Clock": "domain.vocabulary.clock",
    "ClockRunaway": "doors.clock.runaway",
    "DEFAULT_START": "domain.vocabulary.clock",
    "FakeTuningService": "doors.botocore.fake_service",
    "Fault": "doors.botocore.faults",
    "NetworkBlocked": "doors.botocore.network_guard",
    "OperationNotServed": "doors.botocore.network_guard",
    "Quirks": "service.quirks",
    "Scenario": "domain.simulation.scenario",
    "ServiceError": "service.errors",
    "TuningConfig": "doors.pytest.options",
    "TuningJob": "doors.builder.tuning_job",
    "TuningProvider": "doors.faker_provider",
    "TuningStubber": "doors.stubber.tuning_stubber",
    "VirtualClock": "doors.clock.virtual_clock",
}

__all__ = [
    "DEFAULT_START",
    "AmbientClock",
    "Clock",
    "ClockRunaway",
    "FakeTuningService",
    "Fault",
    "NetworkBlocked",
    "OperationNotServed",
    "Quirks",
    "Scenario",
    "ServiceError",
    "TuningConfig",
    "TuningJob",
    "TuningProvider",
    "TuningStubber",
    "VirtualClock",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
