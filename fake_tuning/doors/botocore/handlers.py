"""What a client's event emitter calls: the handlers that answer a call, one attempt, or the choice of a signer.

They are registered on a client's own emitter with its first call (see ``hook.py``), last of their kind, so that a
handler of the user's own goes first. All of it is botocore's public interface.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from botocore import UNSIGNED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fake_tuning.doors.botocore.answers import ParsedHttp, WireResponse
    from fake_tuning.doors.botocore.installation import Exchange

_ANSWERED = "https://answered.invalid/"

UNDER_WAY: ContextVar[Exchange | None] = ContextVar("fake_tuning_exchange", default=None)
"""The call that is under way in this thread or task, or None."""


def register(client: Any) -> None:
    """Let a client's calls be answered."""
    for event, handler, unique_id in _events(client):
        client.meta.events.register_last(event, handler, unique_id=unique_id)


def unregister(client: Any) -> None:
    """Take that back."""
    for event, _, unique_id in _events(client):
        client.meta.events.unregister(event, unique_id=unique_id)


def _events(client: Any) -> Iterator[tuple[str, Callable[..., Any], str]]:
    service = client.meta.service_model.service_id.hyphenize()
    for event, handler in _HANDLERS:
        yield f"{event}.{service}", handler, f"fake_tuning-{event}"


def _before_call(params: dict[str, Any], **_: Any) -> tuple[ParsedHttp, dict[str, Any]] | None:
    exchange = UNDER_WAY.get()
    return exchange.installation.answer_parsed(exchange, params["body"]) if exchange else None


def _choose_signer(**_: Any) -> Any:
    exchange = UNDER_WAY.get()
    if exchange is None or exchange.installation.guard.allows(*exchange.operation):
        return None  # a presigned URL, or a call that AWS itself is to answer
    return UNSIGNED


def _before_send(request: Any, **_: Any) -> WireResponse | None:
    exchange = UNDER_WAY.get()
    if exchange is None:
        return None
    response = exchange.installation.answer_attempt(exchange, request.url, request.body)
    if response is not None:
        # botocore goes on to every other handler, and moto's would answer or raise: none may know this address.
        request.url = _ANSWERED
    return response


_HANDLERS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("before-call", _before_call),
    ("choose-signer", _choose_signer),
    ("before-send", _before_send),
)
