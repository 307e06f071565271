"""The operations on tags."""

from __future__ import annotations

from typing import Any

from fake_tuning.service.context import Context
from fake_tuning.service.errors import validation
from fake_tuning.service.pages import page
from fake_tuning.service.rules import check_tags
from fake_tuning.service.shelf import Tags
from fake_tuning.service.texts import TOO_MANY_TAGS, UNKNOWN_RESOURCE

_MOST = 50
"""Documented: tags on one resource, and tags on one page."""


def _tags(context: Context) -> Tags:
    tags = context.shelf.tags(context.params["ResourceArn"], context.now)
    if tags is None:
        raise validation(UNKNOWN_RESOURCE)
    return tags


def add(context: Context) -> dict[str, Any]:
    """AddTags: overwrites equal keys, and answers with the tags that were given (recorded)."""
    standing, listed = _tags(context), context.params["Tags"]
    check_tags(listed)
    given = {tag["Key"]: tag["Value"] for tag in listed}
    count = len({**standing, **given})
    if count > _MOST:
        raise validation(TOO_MANY_TAGS.format(count=count))
    context.shelf.retag(context.params["ResourceArn"], context.now, given=given)
    return {"Tags": [dict(tag) for tag in listed]}


def list_tags(context: Context) -> dict[str, Any]:
    """ListTags."""
    tags = [{"Key": key, "Value": value} for key, value in _tags(context).items()]
    shown, more = page(tags, context.params, lambda tag: tag["Key"], _MOST)
    return {"Tags": list(shown), **more}


def delete(context: Context) -> dict[str, Any]:
    """DeleteTags: keys that are not there are of no account."""
    _tags(context)
    context.shelf.retag(context.params["ResourceArn"], context.now, gone=frozenset(context.params["TagKeys"]))
    return {}
