"""Masks account numbers, keys, tokens and names of people in what others are to read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fake_tuning.doors.conform.forms import CANONICAL_ACCOUNT

KEY, SECRET, PERSON = "(access key)", "(secret)", "(name)"
"""What stands for an access key or its owner's id, for a secret or a token, and for the name of a person."""

# What a message has cut off in the middle ends so.
_CUT = r"(?:\.\.\.)"

_FRACTION = r"(?<![\w.-])0\.\d{12}(?!\d)"
_ACCOUNT = re.compile(
    rf"""
    ({_FRACTION})
    | (?<!\d) (?:
        \d{{12}} (?!\d)
        | \d\.\d{{11}} [eE]\+?11 (?!\d)
        | \d{{4}} ([\W_]) \d{{4}} \2 \d{{4}} (?!\d)
        | \d{{3}} ([\W_]) \d{{3}} \3 \d{{3}} \3 \d{{3}} (?!\d)
        | \d{{4,11}} (?={_CUT})
    )
    """,
    re.VERBOSE,
)

# The prefixes of ids in IAM (documented); the name of a session can follow that of a role.
_KEY = re.compile(
    r"(?<![A-Za-z0-9])A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|ROA|SCA|SIA)[A-Z0-9]{12,}(?::[\w+=,.@-]+)?"
)
_CUT_KEY = re.compile(rf"(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]*(?={_CUT})")

# Forty characters or more of base64, in which there is a digit, a capital and a small letter.
_BASE64 = "A-Za-z0-9/+="
_TOKEN = re.compile(
    rf"(?<![{_BASE64}])(?=[{_BASE64}]*[0-9])(?=[{_BASE64}]*[A-Z])(?=[{_BASE64}]*[a-z])"
    rf"(?:[{_BASE64}]{{40,}}|[{_BASE64}]{{20,}}(?={_CUT}))(?![{_BASE64}])"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)

_CONFIDENTIAL = r"(?:secret|passwo?r?d|credential|signature|(?:access|api|private)[-_]?key|token(?![a-z]))"
_NAMED_SECRET = re.compile(_CONFIDENTIAL, re.IGNORECASE)
_ASSIGNED = re.compile(rf"({_CONFIDENTIAL}[\w-]*[\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;}}]+)", re.IGNORECASE)

_IN_ARN = re.compile(
    r"(:(?:assumed-role/[^/\s\"']+|user-profile/[^/\s\"']+|(?:federated-)?user)/)[^\s\"',\]})]+"
)
_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_NAMED_PERSON = re.compile(r"(?:user(?:profile)?|session)_?name$", re.IGNORECASE)

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_PEM, SECRET),
    (_ASSIGNED, rf"\g<1>{SECRET}"),
    (_KEY, KEY),
    (_CUT_KEY, KEY),
    (_IN_ARN, rf"\g<1>{PERSON}"),
    (_MAIL, PERSON),
    (_TOKEN, SECRET),
    (_ACCOUNT, lambda found: found[1] or CANONICAL_ACCOUNT),
)


def masked(value: Any, member: str = "") -> Any:
    """Return a value that others may read, of the same structure.

    ``111122223333`` stands for every number of twelve digits, also for one that is written in groups of three or four,
    but for the digits of a fraction. Keys and tokens are found by their form, or by the name of their member.

    Args:
        value: a text, or a structure of any depth.
        member: the name of the member whose value it is, or its path.
    """
    if isinstance(value, str):
        return _text(value, member)
    if isinstance(value, Mapping):
        # Such as a tag: its name stands beside its value.
        label = str(value.get("Key", value.get("Name", "")))
        return {
            masked(name): masked(each, f"{label} {name}" if name == "Value" else str(name))
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(each, member) for each in value]
    if isinstance(value, (bool, datetime)) or value is None:
        return value
    return _number(value, member)


def _text(text: str, member: str) -> str:
    if text and _NAMED_SECRET.search(member):
        return SECRET
    if text and _NAMED_PERSON.search(member):
        return PERSON
    for pattern, stands in _RULES:
        text = pattern.sub(stands, text)
    return text


def _number(value: Any, member: str) -> Any:
    """Return a number as it is, or what stands for it. A fraction has any digits behind the point."""
    if _NAMED_SECRET.search(member):
        return SECRET
    if isinstance(value, (int, float)):
        whole = repr(value).lstrip("-").partition(".")[0]
        return int(CANONICAL_ACCOUNT) if re.fullmatch(r"\d{12}", whole) else value
    return _text(repr(value), member)
