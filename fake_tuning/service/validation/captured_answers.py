"""Reads captured answers by the service model: what it knows must have its type, and what it does not know is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.recordings.captured import captured
from fake_tuning.domain.recordings.renaming import renamed
from fake_tuning.domain.recordings.tuning_job_recording import TuningJobRecording
from fake_tuning.service.validation.model import installed_constraints, installed_model

if TYPE_CHECKING:
    from botocore.model import Shape

_EXAMPLES = {
    "DescribeHyperParameterTuningJob": "client.describe_hyper_parameter_tuning_job()",
    "DescribeTrainingJob": "client.describe_training_job()",
}


def read_answer(operation: str, response: object) -> dict[str, Any]:
    """Return a copy of a captured answer, without its nulls, and with aware datetimes for times.

    Args:
        operation: the operation that answered, one of those that describe a job.
        response: the answer.

    Raises:
        TypeError: it is no answer, or a value in it is of another type than the model's.
        ValueError: a time in it cannot be read, or something is missing inside.
    """
    answer = captured(response, _EXAMPLES[operation])
    unreadable = [
        each for each in installed_constraints().wrong_in_response(operation, answer) if each.unreadable
    ]
    if unreadable:
        raise TypeError("\n".join(f"the response cannot be read: {each.text}" for each in unreadable))
    return answer


def read_tuning_job(response: object, name: str | None = None) -> TuningJobRecording:
    """Return the recording of a captured DescribeHyperParameterTuningJob response.

    Args:
        response: the response.
        name: another name for its job; None: its own.

    Raises:
        TypeError: it is no response, or a value in it is of another type than the model's.
        ValueError: it is the response of another operation, lacks something, cannot be read, or contradicts itself.
    """
    operation = "DescribeHyperParameterTuningJob"
    answer = read_answer(operation, response)
    if name is not None:
        answer = renamed(answer, name)
    shape = installed_model().operation_model(operation).output_shape
    recording = TuningJobRecording(answer, known_part(shape, answer))
    recording.check()
    return recording


def known_part(shape: Shape, value: Any) -> Any:
    """Return a part of an answer or of a request, without the members that the service model lacks."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {
            name: known_part(shape.members[name], each)
            for name, each in value.items()
            if name in shape.members
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [known_part(shape.member, each) for each in value]
    return value
