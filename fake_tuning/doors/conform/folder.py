"""Reads all recorded answers in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from fake_tuning.doors.conform.documents import UnreadableError, read_document
from fake_tuning.doors.conform.exchange import Broken, Exchange, Foreign, Found
from fake_tuning.doors.conform.forms import Item, items_of

ENDINGS = (".json", ".yaml", ".yml")
"""The files that are looked at."""


def read_folder(folder: Path) -> Found:
    """Return what the files of a folder hold, and of those in it at any depth. Nothing in them makes it fail."""
    paths = sorted(
        path
        for inside, _, names in os.walk(folder)
        for path in (Path(inside, name) for name in names)
        if path.suffix in ENDINGS and path.is_file()
    )
    items = [item for path in paths for item in _items(path, path.relative_to(folder).as_posix())]
    return Found(
        len(paths),
        [each for each in items if isinstance(each, Exchange)],
        [each for each in items if isinstance(each, Foreign)],
        [each for each in items if isinstance(each, Broken)],
    )


def _items(path: Path, source: str) -> list[Item]:
    try:
        document = read_document(path)
        return (
            [Foreign(source, "YAML, and no cassette")]
            if document is None and path.suffix != ".json"
            else list(items_of(source, document))
        )
    except UnreadableError as error:
        return [Broken(source, str(error))]
    except RecursionError:
        return [Broken(source, "it is nested too deep")]
