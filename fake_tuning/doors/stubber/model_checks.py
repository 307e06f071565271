"""Checks what is queued in a stubber against the service model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ParamValidationError

from fake_tuning.domain.vocabulary.suggestions import nearest
from fake_tuning.doors.stubber.snapshot import DESCRIBE, NAME
from fake_tuning.service.validation.model import Constraints, unknown_names


class ModelMismatchError(ParamValidationError):  # type: ignore[misc]  # botocore has no types
    """What was queued is not allowed by the service model."""

    __module__ = "fake_tuning"  # where users find it, and what pytest shows
    fmt = "{report}"


class Checks:
    """What may be queued for a client.

    Args:
        meta: the client's ``meta``.
        model: the service model that answers must conform to.
    """

    def __init__(self, meta: Any, model: Any) -> None:
        self._model = model
        self._methods: Mapping[str, str] = meta.method_to_api_mapping
        self._constraints = Constraints(self._model)

    def operation(self, name: str) -> str:
        """Return the name that AWS gives to an operation, which may be written as Python writes it.

        Raises:
            ValueError: there is no such operation.
        """
        operations = set(self._methods.values())
        if name in operations:
            return name
        if name in self._methods:
            return self._methods[name]
        known = sorted(self._methods if str(name).islower() else operations)
        guess = nearest(str(name), known)
        hint = (
            f"did you mean {guess!r}?" if guess else f"write it like {DESCRIBE!r}, or as the client's method"
        )
        raise ValueError(f"unknown operation {name!r}: {hint}")

    def answer(self, operation: str, members: Mapping[str, Any]) -> None:
        """Check an answer, which must not have a ``ResponseMetadata``.

        Raises:
            ModelMismatchError: the model does not allow it.
        """
        found = self._constraints.wrong_in_response(operation, members)
        if not found:
            return
        lines = [f"{operation} never answers like this:", *(f"- {each.advice}" for each in found)]
        if operation == DESCRIBE:
            lines.append(
                "For an odd answer on purpose, stub a job.overriding(...): what it sets is not checked."
            )
        raise ModelMismatchError(report="\n".join(lines))

    def names(self, operation: str, expected: Mapping[str, Any] | None) -> None:
        """Check the names of the parameters that a call is expected to have, at any depth.

        Raises:
            ModelMismatchError: the operation has no parameters of these names.
        """
        shape = self._model.operation_model(operation).input_shape
        found = [f"- {each}" for each in unknown_names(shape, expected or {}, f"parameter of {operation}")]
        if found:
            raise ModelMismatchError(report="\n".join([f"{operation} is never called like this:", *found]))

    def names_tuning_job(self, operation: str) -> None:
        """Check that requests of an operation name a tuning job.

        Raises:
            ValueError: they do not.
        """
        shape = self._model.operation_model(operation).input_shape
        if shape is None or NAME not in shape.members:
            raise ValueError(f"{operation} does not name a tuning job: leave job out")
