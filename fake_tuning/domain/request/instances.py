"""Which training jobs can run on one another's instances, as their requests say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_tuning.domain.request.echo import resource_config

_MATCHED = (
    "RoleArn",
    "VpcConfig",
    "EnableInterContainerTrafficEncryption",
    "EnableNetworkIsolation",
)
_MATCHED_RESOURCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId", "InstanceGroups")


def match(request: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a training job can take over the instances of another one (documented).

    Args:
        request: the CreateTrainingJob request of the one, or its definition in the request of a tuning job.
        other: that of the other.
    """
    if request is other:
        return True
    resources, others = resource_config(request), resource_config(other)
    # A flag that is off counts as left out.
    return all((request.get(each) or None) == (other.get(each) or None) for each in _MATCHED) and all(
        resources.get(each) == others.get(each) for each in _MATCHED_RESOURCES
    )
