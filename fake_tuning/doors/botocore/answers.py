"""How an answer of the service looks to a client: parsed, or as the wire would carry it."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.awsrequest import AWSResponse

from fake_tuning.domain.vocabulary.durations import epoch_ms, utc

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from fake_tuning.service.errors import ServiceError

_OK = 200
_SHORT = 300
"""Bodies that are shorter, in bytes, are remembered."""


class Outcome(NamedTuple):
    """What the service answers, before it is put into any form."""

    status: int
    members: dict[str, Any]
    code: str = ""
    message: str = ""


def succeeded(members: dict[str, Any]) -> Outcome:
    """Return the outcome of an operation that went well."""
    return Outcome(_OK, members)


def refused(error: ServiceError) -> Outcome:
    """Return the outcome of an operation that the service refused."""
    return Outcome(error.status, {}, error.code, error.message)


class ParsedHttp:
    """As much of an HTTP response as botocore looks at when an answer needs no parsing."""

    __slots__ = ("headers", "status_code")

    def __init__(self, status_code: int, headers: dict[str, str]) -> None:
        self.status_code = status_code
        self.headers = headers


class _Content(bytes):
    """A body that botocore reads and aiobotocore awaits."""

    def __await__(self) -> Generator[None, None, bytes]:
        return bytes(self)
        yield  # makes this a generator, which is what ``await`` asks for


class WireResponse(AWSResponse):  # type: ignore[misc]  # botocore has no types
    """A response as it comes off the wire, for botocore and aiobotocore alike."""

    def __init__(self, url: str, status_code: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(url, status_code, headers, None)
        self._body = _Content(body)

    @property
    def content(self) -> bytes:
        """The body."""
        return self._body


class Answers:
    """Puts outcomes into the form that a client takes.

    Headers have no ``content-length``: a normal answer is never written as JSON, so nobody knows its length.

    Args:
        seed: distinguishes the request ids of one service from those of another.
    """

    def __init__(self, seed: int = 0) -> None:
        self._numbers = itertools.count(1)
        self._request_ids = f"{seed & 0xFFFF_FFFF:08x}-0000-4000-8000-"
        self._dated = (-1, "")

    def parsed(self, outcome: Outcome, model: Any, at: datetime) -> tuple[ParsedHttp, dict[str, Any]]:
        """Return what botocore would have made of the response, and a stand-in for the response.

        Args:
            outcome: the answer; its members become part of the result and must be fresh.
            model: botocore's model of the service, asked for the members of an error.
            at: when the service answers.
        """
        headers = self._headers(at)
        members = outcome.members
        if outcome.code:
            members = {"Error": {"Message": outcome.message, "Code": outcome.code}}
            shape = model.shape_for_error_code(outcome.code)
            if shape is not None and "Message" in shape.members:
                members["Message"] = outcome.message
        members["ResponseMetadata"] = {
            "RequestId": headers["x-amzn-requestid"],
            "HTTPStatusCode": outcome.status,
            "HTTPHeaders": headers,
            "RetryAttempts": 0,
        }
        return ParsedHttp(outcome.status, headers), members

    def wire(self, outcome: Outcome, url: str, at: datetime) -> WireResponse:
        """Return the response as the wire would carry it.

        Args:
            outcome: the answer.
            url: what was requested.
            at: when the service answers.
        """
        members = {"__type": outcome.code, "Message": outcome.message} if outcome.code else outcome.members
        body = json.dumps(members, default=_wire_value).encode() if members else b""
        return WireResponse(url, outcome.status, self._headers(at), body)

    def _headers(self, at: datetime) -> dict[str, str]:
        return {
            "x-amzn-requestid": f"{self._request_ids}{next(self._numbers):012x}",
            "content-type": "application/x-amz-json-1.1",
            "date": self._date(at),
        }

    def _date(self, at: datetime) -> str:
        second = int(at.timestamp())
        dated = self._dated
        if dated[0] != second:
            dated = self._dated = (second, formatdate(second, usegmt=True))
        return dated[1]


def _wire_value(value: object) -> float:
    if isinstance(value, datetime):
        return epoch_ms(value) / 1000
    raise TypeError(f"the service answered with something that JSON cannot carry: {value!r}")


def asked(body: bytes | str, timestamps: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters of a request from its body, fresh, with instants in the named members."""
    polled = _texts(body) if len(body) < _SHORT else None
    if polled is not None:
        return polled.copy()
    params: dict[str, Any] = json.loads(body)
    for name in timestamps:
        if name in params:
            params[name] = utc(round(params[name] * 1000))
    return params


@lru_cache(maxsize=128)
def _texts(body: bytes | str) -> dict[str, Any] | None:
    """Return the parameters of a request that has texts only, or None: code that polls asks the same again."""
    params: dict[str, Any] = json.loads(body)
    return params if all(isinstance(value, str) for value in params.values()) else None


def timestamps_of(operation_model: Any) -> tuple[str, ...]:
    """Return the members of an operation's input that are instants. In these operations, none lies deeper."""
    shape = operation_model.input_shape
    return (
        tuple(name for name, member in shape.members.items() if member.type_name == "timestamp")
        if shape
        else ()
    )
