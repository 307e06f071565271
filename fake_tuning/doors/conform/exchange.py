"""What was found in a folder: exchanges with the real service, and what is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """An error that AWS answered.

    Attributes:
        code: such as ``"ValidationException"``.
        message: its text.
    """

    code: str
    message: str


@dataclass(frozen=True)
class Exchange:
    """An answer of the real service, with its request where that was recorded.

    Attributes:
        source: the file, and in a cassette the number of the interaction: ``"a/b.yaml#3"``.
        operation: such as ``"DescribeTrainingJob"``; it is one that is served.
        answer: what AWS answered; empty if it refused.
        request: the parameters; None where none were recorded.
        refusal: what AWS refused with, or None.
        region: the region that the request went to, where that is known.
    """

    source: str
    operation: str
    answer: Mapping[str, Any]
    request: Mapping[str, Any] | None = None
    refusal: Refusal | None = None
    region: str | None = None

    @property
    def file(self) -> str:
        """The file it is in."""
        return self.source.partition("#")[0]


@dataclass(frozen=True)
class Foreign:
    """Something that is no answer of an operation that is served.

    Attributes:
        source: as of an exchange.
        what: what it is, such as ``"sts GetCallerIdentity"``.
    """

    source: str
    what: str


@dataclass(frozen=True)
class Broken:
    """A file, or an interaction in it, that cannot be read.

    Attributes:
        source: as of an exchange.
        why: what is wrong, and in which line if that is known.
    """

    source: str
    why: str


@dataclass(frozen=True)
class Found:
    """All that was found in a folder, in the order of the files' names.

    Attributes:
        paths: the files that were looked at.
        exchanges: the answers of operations that are served.
        foreign: what else there was.
        broken: what cannot be read.
    """

    paths: Sequence[Path]
    exchanges: Sequence[Exchange]
    foreign: Sequence[Foreign]
    broken: Sequence[Broken]
