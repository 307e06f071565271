"""What the service answers instead of a result."""

from __future__ import annotations

from collections.abc import Callable


class ServiceError(Exception):
    """A refusal, as the wire carries it.

    Attributes:
        code: AWS's error code, such as ``"ResourceNotFound"``.
        message: the text, as the client shows it.
        status: the HTTP status.
    """

    __module__ = "fake_tuning"  # where users find it, and what pytest shows

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status

    def __reduce__(self) -> tuple[Callable[..., ServiceError], tuple[str, str, int]]:
        """Pickle it by what it was made of."""
        return _restored, (self.code, self.message, self.status)


def _restored(code: str, message: str, status: int) -> ServiceError:
    return ServiceError(code, message, status=status)


def validation(message: str) -> ServiceError:
    """Return the error of a request that the service finds wrong (ValidationException: observed, not in the model)."""
    return ServiceError("ValidationException", message)
