"""Reads all recorded answers in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from fake_tuning.doors.conform.documents import UnreadableError, read_document
from fake_tuning.doors.conform.exchange import Broken, Exchange, Foreign, Found
from fake_tuning.doors.conform.forms import Item, items_of

ENDINGS = (".json", ".yaml", ".yml")
"""The files that are looked at."""


def read_folder(folder: Path) -> Found:
    """Return what the files of a folder hold, and of those in it at any depth. Nothing in them makes it fail.

    Raises:
        OSError: the folder itself cannot be read.
    """
    closed: list[OSError] = []
    paths = sorted(
        path
        for inside, names in _walked(folder, closed.append)
        for path in (Path(inside, name) for name in names)
        if path.suffix.lower() in ENDINGS and path.is_file()
    )
    items = [item for path in paths for item in _items(path, path.relative_to(folder).as_posix())]
    for error in closed:
        inside = Path(error.filename).relative_to(folder)
        if inside == Path():
            raise error
        items.append(Broken(f"{inside.as_posix()}/", error.strerror or str(error)))
    return Found(
        paths,
        [each for each in items if isinstance(each, Exchange)],
        [each for each in items if isinstance(each, Foreign)],
        [each for each in items if isinstance(each, Broken)],
    )


def _walked(folder: Path, closed: Callable[[OSError], None]) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder with the names in it. Links to folders are followed, and each folder is met once."""
    met: set[tuple[int, int]] = set()
    for inside, folders, names in os.walk(folder, onerror=closed, followlinks=True):
        folders.sort()
        identity = os.stat(inside)
        if (identity.st_dev, identity.st_ino) in met:
            folders.clear()
            continue
        met.add((identity.st_dev, identity.st_ino))
        yield inside, names


def _items(path: Path, source: str) -> list[Item]:
    try:
        document = read_document(path)
        return (
            [Foreign(source, "YAML, and no cassette")]
            if document is None and path.suffix.lower() != ".json"
            else list(items_of(source, document))
        )
    except UnreadableError as error:
        return [Broken(source, str(error))]
    except RecursionError:
        return [Broken(source, "it is nested too deep")]
