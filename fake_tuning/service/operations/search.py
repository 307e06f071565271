"""The Search operation, over tuning jobs and training jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fake_tuning.service.error_texts import SEARCH_RESOURCE, SEARCH_SORT, SEARCH_VISIBILITY
from fake_tuning.service.errors import validation
from fake_tuning.service.operations.search_filters import SPOKEN, Test, matching, number
from fake_tuning.service.operations.search_properties import Members, Properties, Property
from fake_tuning.service.pages import descending, ordered, page
from fake_tuning.service.validation.model import installed_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from fake_tuning.domain.jobs.changes import Tags
    from fake_tuning.service.operations.invocation import Invocation


@dataclass(frozen=True, slots=True)
class _Hit:
    name: str
    members: Members


def search(invocation: Invocation) -> dict[str, Any]:
    """Search: filtered, sorted, then cut into pages, of ten unless the request says otherwise (inferred).

    Resources without the property to sort by come last, in either order (invented).

    Raises:
        ServiceError: ValidationException, for any other resource, or for what the documentation
            rules out in an expression; the texts are invented, except the one about a second ``Contains``.
    """
    params, resource = invocation.params, invocation.params["Resource"]
    if resource not in _SEARCHED:
        raise validation(SEARCH_RESOURCE.format(resource=resource))
    found_in = _SEARCHED[resource]
    records = installed_model().operation_model("Search").output_shape.members["Results"].member
    properties = Properties(resource, records.members[resource])
    is_asked_for = _asked_for(params, properties)
    by = properties.find(params.get("SortBy", "LastModifiedTime"))
    if by.kind == "object":
        raise validation(SEARCH_SORT.format(name=by.name, kind=SPOKEN[by.kind]))
    # Documented: what others made discoverable. Here is one account only.
    foreign = params.get("CrossAccountFilterOption") == "CrossAccount"
    found = () if foreign else found_in(invocation, properties)
    hits = [hit for hit in found if is_asked_for(hit.members)]
    shown, more = page(_sorted(hits, by, down=descending(params, "Descending")), params, lambda hit: hit.name)
    return {
        "Results": [{resource: dict(hit.members)} for hit in shown],
        "TotalHits": {"Value": len(hits), "Relation": "EqualTo"},
        **more,
    }


def _tuning_jobs(invocation: Invocation, properties: Properties) -> Iterator[_Hit]:
    for record in invocation.store.tuning_jobs(invocation.now):
        described = record.describe(invocation.now, invocation.stamp)
        yield _Hit(record.name, _members(described, record.tags(invocation.now), properties))


def _training_jobs(invocation: Invocation, properties: Properties) -> Iterator[_Hit]:
    for job in invocation.store.training_jobs(invocation.now):
        described = job.describe(invocation.now, invocation.stamp)
        yield _Hit(job.name, _members(described, job.tags(invocation.now), properties))


_SEARCHED: Mapping[str, Callable[[Invocation, Properties], Iterator[_Hit]]] = MappingProxyType(
    {
        "HyperParameterTuningJob": _tuning_jobs,
        "TrainingJob": _training_jobs,
    }
)


def _members(described: Members, tags: Tags, properties: Properties) -> dict[str, Any]:
    # Documented: what describing it shows, as far as the shape of a search result has it, and the tags. What a captured
    # job has that no model knows is kept.
    shown = properties.shape.members
    known = installed_model().operation_model(f"Describe{properties.resource}").output_shape.members
    members = {member: value for member, value in described.items() if member in shown or member not in known}
    return {**members, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _asked_for(params: Mapping[str, Any], properties: Properties) -> Test:
    tests = [_visible(params.get("VisibilityConditions", ()), properties)]
    if "SearchExpression" in params:
        tests.append(matching(params["SearchExpression"], properties))
    return lambda members: all(test(members) for test in tests)


def _visible(conditions: Iterable[Mapping[str, str]], properties: Properties) -> Test:
    # Documented: a resource is shown when it has the value of the key, or has no such key.
    allowed: dict[str, set[str]] = {}
    for condition in conditions:
        key = condition.get("Key", "")
        if not re.match(r"Tags\..", key):
            raise validation(SEARCH_VISIBILITY.format(key=key or "not given"))
        allowed.setdefault(key, set()).add(condition.get("Value", ""))
    asked = [(properties.find(key), values) for key, values in allowed.items()]
    return lambda members: all(values.issuperset(tag.values(members)) for tag, values in asked)


def _sorted(hits: Iterable[_Hit], by: Property, *, down: bool) -> list[_Hit]:
    valued = [(by.values(hit.members)[:1], hit) for hit in hits]
    present = [each for each in valued if each[0]]
    absent = [each for each in valued if not each[0]]
    found = ordered(present, lambda each: _sort_key(by, *each[0]), _name, down=down)
    return [hit for _, hit in (*found, *ordered(absent, _name, _name, down=down))]


def _name(valued: tuple[list[Any], _Hit]) -> str:
    return valued[1].name


def _sort_key(by: Property, value: Any) -> Any:
    if by.kind != "hyperparameter":
        return value
    # Those that are numbers come before other texts (invented).
    amount = number(value)
    return (True, value) if amount is None else (False, amount)
