"""The forms in which people keep recorded answers: one answer a file, placebo's files, VCR's cassettes."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, TypeAlias

from fake_tuning.domain.recordings.captured import placebo_datetime
from fake_tuning.doors.conform.comparison import type_name
from fake_tuning.doors.conform.documents import UnreadableError, parse_json
from fake_tuning.doors.conform.exchange import Broken, Exchange, Foreign, Refusal
from fake_tuning.doors.conform.identification import SERVED, operation_of
from fake_tuning.service.operations.registry import SAGEMAKER
from fake_tuning.service.validation.model import installed_model

Item: TypeAlias = Exchange | Foreign | Broken

_OURS = f"a request to {SAGEMAKER}"
_INTERACTIONS = ("interactions", "http_interactions")
_LARGEST_BODY = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_ARN = re.compile(r"arn:(aws[\w-]*):(\w+):([^:\s]*):([^:\s]+):")
_HOST = re.compile(r"https?://([^/:?]+)")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
CANONICAL_ACCOUNT = "111122223333"
"""What stands for an account number that was replaced."""


def items_of(source: str, document: Any) -> Iterator[Item]:
    """Return what a file holds.

    Args:
        source: the file.
        document: what is in it.
    """
    if not isinstance(document, Mapping):
        yield Foreign(source, f"no answer, but {_kind(document)}")
        return
    for member in _INTERACTIONS:
        if isinstance(document.get(member), list):
            yield from _cassette(source, document[member])
            return
    yield _single(source, document)


def _kind(document: object) -> str:
    """Return what a document is. What it holds is nobody's business, for it is no answer."""
    return "nothing" if document is None else f"a {type_name(document)}"


# One answer a file: by itself, or as placebo and its kin wrap it.


def _single(source: str, document: Mapping[Any, Any]) -> Item:
    status = document.get("status_code")
    wrapped = document.get("data", document.get("body")) if isinstance(status, int) else None
    answer = _with_datetimes(wrapped if isinstance(wrapped, Mapping) else document)
    if not isinstance(answer, Mapping):
        return Foreign(source, "no answer, but a time")
    error = answer.get("Error")
    answer = {name: each for name, each in answer.items() if name not in ("ResponseMetadata", "Error")}
    # What botocore repeats of an error beside it.
    if isinstance(error, Mapping):
        answer.pop("Message", None)
    operation, instead = operation_of(PurePath(source).stem, answer)
    if operation is None:
        return Foreign(source, instead)
    if isinstance(error, Mapping):
        refusal = Refusal(str(error.get("Code", "")), str(error.get("Message", "")))
        return Exchange(source, operation, {}, refusal=refusal)
    return Exchange(source, operation, with_sound_arns(answer))


def _with_datetimes(value: Any) -> Any:
    """Return a part of one of placebo's files, with datetimes for what it writes of them."""
    if isinstance(value, Mapping):
        moment = placebo_datetime(value)
        if moment is not None:
            return moment
        return {name: _with_datetimes(each) for name, each in value.items()}
    return [_with_datetimes(each) for each in value] if isinstance(value, list) else value


def with_sound_arns(value: Any) -> Any:
    """Return a part of an answer in which the account of each ARN has twelve digits, whatever people put there."""
    if isinstance(value, Mapping):
        return {name: with_sound_arns(each) for name, each in value.items()}
    if isinstance(value, list):
        return [with_sound_arns(each) for each in value]
    return _ARN.sub(_sound, value) if isinstance(value, str) else value


def _sound(arn: re.Match[str]) -> str:
    partition, service, region, account = arn.groups()
    if not re.fullmatch(r"[0-9]{12}|aws", account):
        account = CANONICAL_ACCOUNT
    if region and not _REGION.fullmatch(region):
        region = "us-east-1"
    return f"arn:{partition}:{service}:{region}:{account}:"


# Cassettes.


def _cassette(source: str, interactions: list[Any]) -> Iterator[Item]:
    for number, interaction in enumerate(interactions, 1):
        at = f"{source}#{number}"
        try:
            yield _interaction(at, interaction)
        except UnreadableError as error:
            yield Broken(at, str(error))


def _interaction(source: str, interaction: Any) -> Item:
    request, response = _halves(interaction)
    found = _HOST.match(str(request.get("uri") or request.get("url") or ""))
    host = found[1] if found else ""
    operation, instead = _asked_for(request, host)
    if operation is None:
        return Foreign(source, instead)
    asked = _members(_body(request), "the request")
    answer = _members(_body(response), "the response") or {}
    if not operation:
        operation, instead = operation_of("", answer)
        if operation is None:
            return Foreign(source, instead)
    region = _REGION.search(host)
    place = region[0] if region else None
    if _status(response) < 300:
        return Exchange(source, operation, with_sound_arns(answer), with_sound_arns(asked), region=place)
    code = str(answer.get("__type") or _header(response, "x-amzn-errortype"))
    message = str(answer.get("message", answer.get("Message", "")))
    # The code may have the namespace before it and a URL behind it.
    refusal = Refusal(code.rpartition("#")[2].partition(":")[0], message)
    return Exchange(source, operation, {}, with_sound_arns(asked), refusal, place)


def _halves(interaction: Any) -> tuple[Mapping[Any, Any], Mapping[Any, Any]]:
    """Return the request and the response."""
    if isinstance(interaction, Mapping):
        request, response = interaction.get("request"), interaction.get("response")
        if isinstance(request, Mapping) and isinstance(response, Mapping):
            return request, response
    raise UnreadableError("an interaction has a request and a response")


def _asked_for(request: Mapping[Any, Any], host: str) -> tuple[str | None, str]:
    """Return the operation that a request names, empty if it names none; or None and what it is instead."""
    target, other = _header(request, "x-amz-target"), _service_at(host)
    service, _, operation = target.rpartition(".")
    if service.lower() == SAGEMAKER:
        known = operation in installed_model().operation_names
        return (
            (operation, "") if operation in SERVED else (None, f"{SAGEMAKER} {operation}" if known else _OURS)
        )
    # Headers are often left out.
    return ("", "") if not target and other == _OURS else (None, other)


def _service_at(host: str) -> str:
    """Return the service that a host belongs to. What else its name has, such as a bucket, is the user's."""
    labels = host.partition(".amazonaws.com")[0].split(".")
    if not host.rpartition(".amazonaws.com")[1]:
        return "no request to AWS"
    return next((f"a request to {each}" for each in reversed(labels) if not _REGION.fullmatch(each)), host)


def _status(response: Mapping[Any, Any]) -> int:
    status = response.get("status", response.get("code", response.get("status_code")))
    if isinstance(status, Mapping):
        status = status.get("code")
    found = re.match(r"\d{3}", str(status))
    return int(found[0]) if found else 200


def _header(message: Mapping[Any, Any], name: str) -> str:
    headers = message.get("headers")
    for key, value in headers.items() if isinstance(headers, Mapping) else ():
        if str(key).lower() == name:
            first = value[0] if isinstance(value, list) and value else value
            return first.decode("latin-1") if isinstance(first, bytes) else str(first)
    return ""


def _members(body: str, whose: str) -> Mapping[str, Any] | None:
    """Return what a body holds; None if it is empty, which that of a request never was."""
    if not body.strip():
        return None
    try:
        members = parse_json(body)
    except UnreadableError as error:
        raise UnreadableError(f"the body of {whose}, {error}") from None
    if not isinstance(members, Mapping):
        raise UnreadableError(f"the body of {whose} is no structure, but {_kind(members)}")
    return members


def _body(message: Mapping[Any, Any]) -> str:
    body = message.get("body")
    if isinstance(body, Mapping):
        in_base64 = body.get("base64_string", body.get("base64"))
        body = _decoded(in_base64) if in_base64 is not None else body.get("string", "")
    if body is None:
        return ""
    raw = body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogateescape")
    if not raw.startswith(_GZIP) and _header(message, "content-encoding") == "gzip":
        # Some write compressed bytes as base64 without saying so, and some decompress them and keep the header.
        raw = _or_same(_decoded, raw)
    if raw.startswith(_GZIP):
        raw = _decompressed(raw)
    return raw.decode("utf-8", "replace")


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=not isinstance(text, str))
    except (binascii.Error, TypeError, ValueError):
        raise UnreadableError("a body that should be base64 is not") from None


def _or_same(decode: Callable[[bytes], bytes], raw: bytes) -> bytes:
    try:
        return decode(raw)
    except UnreadableError:
        return raw


def _decompressed(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(raw, _LARGEST_BODY)
    except zlib.error:
        raise UnreadableError("a body that should be compressed by gzip is not") from None
    if not unpacker.eof and not unpacker.unconsumed_tail:
        raise UnreadableError("a body that is compressed by gzip is cut off")
    if unpacker.unconsumed_tail:
        raise UnreadableError(f"a body has more than {_LARGEST_BODY} bytes, and is not read")
    return unpacked
