"""The sentences that refuse bad input."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from fake_tuning.domain.vocabulary.shown import shown

_Class = TypeVar("_Class", bound=type)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like ``name``, or None when none is similar."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def choices(what: str, name: object, known: Iterable[str]) -> str:
    """Say that ``name`` is none of the ``known`` names, and which is the nearest.

    Args:
        what: the kind of thing that was named, such as ``"strategy"``.
        name: what was written.
        known: the legal names, in the order in which they are to be listed.
    """
    names = list(known)
    guess = nearest(name, names) if isinstance(name, str) else None
    hint = f": did you mean {guess!r}?" if guess else "."
    return f"unknown {what} {name!r}{hint} The choices are {', '.join(names)}."


def checks_keywords(cls: _Class) -> _Class:
    """Make every public method of a class, and its constructor, say what is wrong with the arguments.

    An unknown keyword is refused with the nearest name, and a value without its name with the names that there are.
    Methods that it inherits from classes of its own package do so too, under the name of this class.

    Raises:
        TypeError: from the decorated methods, at the line that wrote the argument.
    """
    package = cls.__module__.partition(".")[0]
    bases = [base for base in reversed(cls.__mro__) if base.__module__.partition(".")[0] == package]
    members = {name: member for base in bases for name, member in vars(base).items()}
    for name, member in members.items():
        spoken = cls.__name__ if name == "__init__" else f"{cls.__name__}.{name}"
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, (classmethod, staticmethod)):
            setattr(cls, name, type(member)(checked(member.__func__, spoken)))
        elif inspect.isfunction(member):
            setattr(cls, name, checked(member, spoken))
    return cls


def checked(method: Callable[..., Any], spoken: str) -> Callable[..., Any]:
    """Make one callable say what is wrong with its arguments (see ``checks_keywords``).

    Args:
        method: the callable.
        spoken: how its users call it.
    """
    parameters = inspect.signature(method).parameters.values()
    nameless = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
    known = [
        each.name for each in parameters if each.name not in ("self", "cls") and each.kind not in nameless
    ]
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        return method
    named = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    most = len(parameters) - len(named)
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        named = []

    @functools.wraps(method)
    def call(*args: Any, **keywords: Any) -> Any:
        for keyword in keywords:
            if keyword not in known:
                raise TypeError(choices(f"keyword of {spoken}", keyword, known))
        if named and len(args) > most:
            raise TypeError(_nameless(spoken, args[most], named))
        return method(*args, **keywords)

    return call


def _nameless(spoken: str, value: object, named: list[str]) -> str:
    """Say that a value was given without its name."""
    if len(named) == 1:
        return f"{spoken} got {shown(value)} without a name: write {named[0]}={shown(value)}"
    return f"{spoken} got {shown(value)} without a name: say which it is: {', '.join(named)}"
