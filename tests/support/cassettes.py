"""Recorded answers in the forms in which people keep them, made up from answers of ours."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def on_the_wire(members: dict[str, Any]) -> str:
    """A body as AWS sends it: times are seconds since 1970."""
    return json.dumps(members, default=datetime.timestamp)


def plain(path: Path, answer: dict[str, Any]) -> None:
    """A file with one answer, as ``json.dump`` writes it."""
    write(path, json.dumps(answer, default=str))


def placebo(path: Path, answer: dict[str, Any], status: int = 200) -> None:
    """A file of placebo."""
    write(path, json.dumps({"status_code": status, "data": answer}, default=_as_placebo_writes))


def _as_placebo_writes(moment: datetime) -> dict[str, Any]:
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{part: getattr(moment, part) for part in parts}}


def interaction(
    operation: str,
    asked: dict[str, Any],
    answer: dict[str, Any],
    status: int = 200,
    region: str = "us-east-1",
) -> dict[str, Any]:
    """An interaction of one of VCR's cassettes."""
    return {
        "request": {
            "method": "POST",
            "uri": f"https://api.sagemaker.{region}.amazonaws.com/",
            "headers": {"X-Amz-Target": [f"SageMaker.{operation}"]},
            "body": on_the_wire(asked),
        },
        "response": {
            "status": {"code": status, "message": "OK" if status < 300 else "Bad Request"},
            "headers": {"Content-Type": ["application/x-amz-json-1.1"]},
            "body": {"string": on_the_wire(answer)},
        },
    }


def refusal(operation: str, asked: dict[str, Any], code: str, message: str) -> dict[str, Any]:
    """An interaction in which AWS refused."""
    return interaction(operation, asked, {"__type": code, "message": message}, 400)


def cassette(path: Path, *interactions: dict[str, Any]) -> None:
    """A cassette, in JSON or in YAML as its name says."""
    content = {"version": 1, "interactions": list(interactions)}
    if path.suffix == ".json":
        write(path, json.dumps(content))
        return
    import yaml

    write(path, yaml.safe_dump(content))


def write(path: Path, content: str) -> None:
    """A file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
