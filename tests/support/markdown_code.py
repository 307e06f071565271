"""The code in a Markdown page, and how a test runs it.

A Python block that begins with ``# test_<name>.py`` is a test module; one that begins with the name of another module
(``# pipeline.py``) is a file beside those that come after it. Everything else is run as it stands. A text block after
code shows what that code raises or, after a test module, a part of what pytest prints about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest


class Block(NamedTuple):
    """A block of code, and the line on which it begins."""

    language: str
    text: str
    line: int

    @property
    def module(self) -> str:
        """The name of the module that the block says it is, or nothing."""
        named = re.match(r"# (\w+)\.py\n", self.text) if self.language == "python" else None
        return named[1] if named else ""

    @property
    def is_test(self) -> bool:
        """Whether it is a test module."""
        return self.module.startswith("test_")


def by_line(block: Block) -> str:
    """Return the name of a block in a parametrized test."""
    return f"line-{block.line}"


class Page:
    """A Markdown page.

    Attributes:
        text: the whole page.
        blocks: its blocks of code.
        tests: those that are test modules.
        snippets: the other Python, but for modules that tests import.
        shown: by block, the text that the page shows after it.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.text = path.read_text(encoding="utf-8")
        found = re.finditer(r"^```(\w+)\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        self.blocks = [Block(each[1], each[2], self.text.count("\n", 0, each.start()) + 1) for each in found]
        python = [each for each in self.blocks if each.language == "python"]
        self.tests = [each for each in python if each.is_test]
        self.snippets = [each for each in python if not each.module]
        self.shown = {one: other.text for one, other in pairwise(self.blocks) if other.language == "text"}

    def beside(self, test: Block) -> dict[str, str]:
        """Return the modules that a test may import, by name; a conftest.py holds for the next test alone."""
        before = self.blocks[: self.blocks.index(test)]
        modules = {each.module: each.text for each in before if each.module and not each.is_test}
        if not before or before[-1].module != "conftest":
            modules.pop("conftest", None)
        return modules

    def run(self, test: Block, run: Callable[..., pytest.RunResult]) -> None:
        """Run a test module: its tests pass, or one fails with what the page shows."""
        result = run(test.text, **self.beside(test))
        count = test.text.count("def test_")
        shown = self.shown.get(test)
        if shown is None:
            result.assert_outcomes(passed=count)
        else:
            result.assert_outcomes(passed=count - 1, failed=1)
            assert shown in f"{result.stdout.str()}\n"

    def execute(self, snippet: Block) -> None:
        """Execute a snippet: it raises what the page shows, to the letter, or nothing."""
        code = compile(snippet.text, f"{self.name}, line {snippet.line}", "exec")
        if snippet not in self.shown:
            exec(code, {})
            return
        with pytest.raises(Exception) as raised:  # noqa: PT011  # which one is what is asked
            exec(code, {})
        assert f"{raised.type.__name__}: {raised.value}\n" == self.shown[snippet]
