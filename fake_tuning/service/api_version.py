"""Which version of SageMaker's API a service speaks.

The service itself knows only the current one. Code that offers another one describes here how it differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord

if TYPE_CHECKING:
    from botocore.model import ServiceModel

Describe: TypeAlias = Callable[[TuningJobRecord, int, Stamp], dict[str, Any]]
"""Writes the DescribeHyperParameterTuningJob response of a record at an instant (milliseconds since 1970)."""


def _same_model(model: ServiceModel) -> ServiceModel:
    return model


@dataclass(frozen=True, eq=False)
class ApiVersion:
    """A version of the API, described by how it differs from the current one.

    Attributes:
        title: what messages call it, such as "the current API".
        lacks: the operations of the current API that it does not have.
        describe: writes the response of DescribeHyperParameterTuningJob; raises ValueError when the version
            cannot express the job.
        model: returns a copy of botocore's service model that has this version's shapes.
    """

    title: str
    lacks: frozenset[str] = frozenset()
    describe: Describe = TuningJobRecord.describe
    model: Callable[[ServiceModel], ServiceModel] = _same_model


CURRENT = ApiVersion("the current API")
