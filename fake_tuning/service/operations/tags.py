"""The operations on tags."""

from __future__ import annotations

from typing import Any

from fake_tuning.domain.jobs.changes import Retag
from fake_tuning.domain.jobs.training_job import TrainingJob
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.service.error_texts import TOO_MANY_TAGS, UNKNOWN_RESOURCE
from fake_tuning.service.errors import validation
from fake_tuning.service.operations.invocation import Invocation
from fake_tuning.service.pages import page
from fake_tuning.service.validation.create_rules import check_tags

_MOST = 50
"""Documented: tags on one resource, and tags on one page."""


def _resource(invocation: Invocation) -> TuningJobRecord | TrainingJob:
    resource = invocation.store.resource(invocation.params["ResourceArn"], invocation.now)
    if resource is None:
        raise validation(UNKNOWN_RESOURCE)
    return resource


def add(invocation: Invocation) -> dict[str, Any]:
    """AddTags: replaces the values of keys that are there, and answers with the tags that were given (recorded)."""
    resource, listed = _resource(invocation), invocation.params["Tags"]
    check_tags(listed)
    given = {tag["Key"]: tag["Value"] for tag in listed}
    count = len({**resource.tags(invocation.now), **given})
    if count > _MOST:
        raise validation(TOO_MANY_TAGS.format(count=count))
    invocation.store.change(resource, Retag(invocation.now, given=given))
    return {"Tags": [dict(tag) for tag in listed]}


def list_tags(invocation: Invocation) -> dict[str, Any]:
    """ListTags."""
    standing = _resource(invocation).tags(invocation.now)
    tags = [{"Key": key, "Value": value} for key, value in standing.items()]
    shown, more = page(tags, invocation.params, lambda tag: tag["Key"], _MOST)
    return {"Tags": list(shown), **more}


def delete(invocation: Invocation) -> dict[str, Any]:
    """DeleteTags: ignores keys that the resource does not have."""
    gone = frozenset(invocation.params["TagKeys"])
    invocation.store.change(_resource(invocation), Retag(invocation.now, gone=gone))
    return {}
