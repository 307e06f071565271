"""What the service answers instead of a result."""

from __future__ import annotations


class ServiceError(Exception):
    """A refusal, as the wire carries it.

    Attributes:
        code: AWS's error code, such as ``"ResourceNotFound"``.
        message: the text, as the client shows it.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def validation(message: str) -> ServiceError:
    """Return the error of a request that the service finds wrong (ValidationException: observed, not in the model)."""
    return ServiceError("ValidationException", message)
