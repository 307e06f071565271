"""Botocore's service model, taught an older dialect.

Botocore merges extras into a service model (the ``sdk-extras`` files that its loaders look for). The extras
here have that form, but there is no file of them: they are derived, when they are needed, from the installed
model and the tree of the dialect's members, so that neither can fall behind the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_tuning.domain.dialects import (
    PRE_GA_MEMBERS,
    PRE_GA_NAME,
    PRE_GA_RENAMED,
    PRE_GA_STATUSES,
    PRE_GA_STRATEGIES,
    Dialect,
    Members,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import ServiceModel

_DESCRIBE = "DescribeHyperParameterTuningJob"
_CREATE_REQUEST = "CreateHyperParameterTuningJobRequest"
_TAUGHT = "PreGA"


def in_dialect(model: ServiceModel, dialect: Dialect) -> ServiceModel:
    """Return a model of SageMaker that knows a dialect. The given one stays as it is.

    Args:
        model: botocore's model, which may know the dialect already.
        dialect: the dialect.
    """
    from botocore.loaders import ExtrasProcessor
    from botocore.model import ServiceModel

    description: Mapping[str, Any] = model._service_description
    output = description["operations"][_DESCRIBE]["output"]["shape"]
    if dialect == "current" or output.startswith(_TAUGHT):
        return model
    extras = _extras(description["shapes"], output)
    taught = _copied(description, extras["merge"])
    ExtrasProcessor().process(taught, [extras])
    return ServiceModel(taught, model.service_name)


def _extras(shapes: Mapping[str, Any], output: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    described = _told(shapes, output, PRE_GA_MEMBERS, told)
    # A service that does not know TrainingJobDefinitions cannot do without the other form.
    required = dict.fromkeys((*shapes[_CREATE_REQUEST]["required"], "TrainingJobDefinition"))
    return {
        "version": 1.0,
        "merge": {
            "operations": {_DESCRIBE: {"output": {"shape": described}}},
            "shapes": {
                **told,
                _CREATE_REQUEST: {"required": list(required)},
                "HyperParameterTuningJobName": {"pattern": PRE_GA_NAME},
                "HyperParameterTuningJobStatus": {"enum": list(PRE_GA_STATUSES)},
                "HyperParameterTuningJobStrategyType": {"enum": list(PRE_GA_STRATEGIES)},
            },
        },
    }


def _told(shapes: Mapping[str, Any], name: str, members: Members | None, told: dict[str, Any]) -> str:
    """Add a shape to ``told`` that has the given members of a shape and no other, and return its name."""
    if members is None:
        return name
    shape, taught = shapes[name], f"{_TAUGHT}{name}"
    if shape["type"] == "list":
        element = {**shape["member"], "shape": _told(shapes, shape["member"]["shape"], members, told)}
        told[taught] = {**shape, "member": element}
        return taught
    todays = {member: PRE_GA_RENAMED.get(member, member) for member in members}
    told[taught] = {
        **shape,
        "required": [member for member, today in todays.items() if today in shape.get("required", ())],
        "members": {
            member: {
                **shape["members"][today],
                "shape": _told(shapes, shape["members"][today]["shape"], members[member], told),
            }
            for member, today in todays.items()
        },
    }
    return taught


def _copied(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy, as deep as the extras reach: merging writes into what it merges with."""
    both = {
        name
        for name in extra
        if name in base and isinstance(base[name], dict) and isinstance(extra[name], dict)
    }
    return {**base, **{name: _copied(base[name], extra[name]) for name in both}}
