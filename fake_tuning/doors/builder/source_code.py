"""Lets an object that is built word by word keep the code that makes it, for its ``repr``.

A *word* is a public method that returns another object of the same class. Arguments are written down when the word
is called, so that nothing that happens to them later changes what is shown.
"""

from __future__ import annotations

import functools
import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

_Class = TypeVar("_Class", bound=type)


class KeepsCode(Protocol):
    """What is built word by word.

    Attributes:
        code: the calls that make it, in order, such as ``(".trials(10)", ".completed()")``.
    """

    code: tuple[str, ...]

    def _with_code(self, code: tuple[str, ...]) -> Any:
        """Return the same object with other code."""


def keeps_code(cls: _Class) -> _Class:
    """Let each word of a class add its call to the code of what it returns."""
    for name, method in list(vars(cls).items()):
        if inspect.isfunction(method) and is_word(method, cls.__name__):
            setattr(cls, name, writing(method))
    return cls


def is_word(method: Callable[..., Any], result: str) -> bool:
    """Return whether a method is public and is annotated to return ``result``."""
    return not method.__name__.startswith("_") and inspect.signature(method).return_annotation == result


def writing(word: Callable[..., Any]) -> Callable[..., Any]:
    """Return a word that adds its call to the code of what it returns."""

    @functools.wraps(word)
    def call(self: KeepsCode, /, *args: Any, **keywords: Any) -> Any:
        returned = word(self, *args, **keywords)
        return returned._with_code((*self.code, f".{word.__name__}({arguments(args, keywords)})"))

    return call


def arguments(args: Sequence[object], keywords: Mapping[str, object]) -> str:
    """Write the arguments of a call in their order; functions are written by their name."""
    written = [_written(each) for each in args]
    for name, each in keywords.items():
        written.append(f"{name}={_written(each)}" if _is_name(name) else f"**{{{name!r}: {_written(each)}}}")
    return ", ".join(written)


def _is_name(text: str) -> bool:
    """Return whether a text can be written as the keyword of a call: ``lambda``, a hyperparameter, cannot."""
    return text.isidentifier() and not keyword.iskeyword(text)


def _written(value: object) -> str:
    return value.__name__ if inspect.isroutine(value) else repr(value)
