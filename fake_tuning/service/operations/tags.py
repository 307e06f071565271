"""The operations on tags."""

from __future__ import annotations

from typing import Any

from fake_tuning.service.error_texts import TOO_MANY_TAGS, UNKNOWN_RESOURCE
from fake_tuning.service.errors import validation
from fake_tuning.service.operations.invocation import Invocation
from fake_tuning.service.pages import page
from fake_tuning.service.store import Tags
from fake_tuning.service.validation.create_rules import check_tags

_MOST = 50
"""Documented: tags on one resource, and tags on one page."""


def _tags(invocation: Invocation) -> Tags:
    tags = invocation.store.tags(invocation.params["ResourceArn"], invocation.now)
    if tags is None:
        raise validation(UNKNOWN_RESOURCE)
    return tags


def add(invocation: Invocation) -> dict[str, Any]:
    """AddTags: overwrites equal keys, and answers with the tags that were given (recorded)."""
    standing, listed = _tags(invocation), invocation.params["Tags"]
    check_tags(listed)
    given = {tag["Key"]: tag["Value"] for tag in listed}
    count = len({**standing, **given})
    if count > _MOST:
        raise validation(TOO_MANY_TAGS.format(count=count))
    invocation.store.retag(invocation.params["ResourceArn"], invocation.now, given=given)
    return {"Tags": [dict(tag) for tag in listed]}


def list_tags(invocation: Invocation) -> dict[str, Any]:
    """ListTags."""
    tags = [{"Key": key, "Value": value} for key, value in _tags(invocation).items()]
    shown, more = page(tags, invocation.params, lambda tag: tag["Key"], _MOST)
    return {"Tags": list(shown), **more}


def delete(invocation: Invocation) -> dict[str, Any]:
    """DeleteTags: keys that are not there are of no account."""
    _tags(invocation)
    invocation.store.retag(
        invocation.params["ResourceArn"], invocation.now, gone=frozenset(invocation.params["TagKeys"])
    )
    return {}
