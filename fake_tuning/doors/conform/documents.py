"""Reads JSON and YAML files, which may be broken, huge or hostile, and says in which line they are wrong.

PyYAML is imported when the first YAML file is read: who has none needs none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

_LARGEST = 64 * 1024 * 1024
"""Bytes in a file."""

_MOST_VALUES = 2_000_000
"""Values in a document. A few lines of YAML can stand for any number of them."""

_CASSETTE = re.compile(r"^(?:http_)?interactions\s*:", re.MULTILINE)


class UnreadableError(ValueError):
    """A document cannot be read; the text says why, and in which line if that is known."""


def read_document(path: Path) -> Any | None:
    """Return what a file holds; None if it is YAML, and no cassette.

    Raises:
        UnreadableError: it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise UnreadableError(f"it has {size} bytes, and more than {_LARGEST} are not read")
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from None
    text = _text(raw)
    if path.suffix.lower() == ".json":
        return _parsed(text, _json)
    return _parsed(text, _yaml) if _CASSETTE.search(text) else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"line {line}: this is no UTF-8") from None


def _parsed(text: str, parse: Callable[[str], Any]) -> Any:
    try:
        document = parse(text)
    except RecursionError:
        raise UnreadableError("it is nested too deep") from None
    _check_size(document)
    return document


def parse_json(text: str) -> Any:
    """Return what a JSON text holds.

    Raises:
        UnreadableError: it cannot be read.
    """
    return _parsed(text, _json)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"line {error.lineno}: {error.msg}") from None
    except ValueError:
        raise UnreadableError("a number in it has thousands of digits") from None


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise UnreadableError(
            "it is YAML, which needs PyYAML: pip install PyYAML, or install fake_tuning[conform]"
        ) from None
    try:
        return yaml.load(text, Loader=_loader(yaml))  # derived from a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise UnreadableError(line + _unquoted(error.problem or error.context or "this is no YAML")) from None
    except (yaml.YAMLError, ValueError) as error:  # a character that YAML forbids; a date that does not exist
        raise UnreadableError(_unquoted(" ".join(str(error).split()))) from None


def _unquoted(text: str) -> str:
    """Return a message of PyYAML without what it quotes of the file, but for punctuation."""
    return re.sub(r"(['\"])(?=[^'\"]*\w).*\1", "...", text)


def _loader(module: Any) -> type[yaml.SafeLoader]:
    """Return a safe loader that also reads the texts of Python 2, which old cassettes have."""
    base: Any = getattr(module, "CSafeLoader", module.SafeLoader)
    loader: type[yaml.SafeLoader] = type("_Loader", (base,), {})
    for kind in ("str", "unicode"):
        loader.add_constructor(
            f"tag:yaml.org,2002:python/{kind}", lambda self, node: self.construct_scalar(node)
        )
    return loader


def _check_size(document: Any) -> None:
    """Refuse a document that stands for more values than can be looked at."""
    left, pending = _MOST_VALUES, [document]
    while pending:
        value = pending.pop()
        inner = (
            list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
        )
        left -= len(inner)
        if left < 0:
            raise UnreadableError(f"it has more than {_MOST_VALUES} values")
        pending += inner
