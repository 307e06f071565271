"""What the fixtures of a pytest run hold open, when it runs, and what is still to be told about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pytest
    from _pytest.nodes import Node

    from fake_tuning.domain.vocabulary.clock import Clock
    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from fake_tuning.doors.pytest.report import Since


class Held(Protocol):
    """A clock or a service between the set-up and the tear-down of its fixture.

    Attributes:
        node: the test, class, module or session that it lives for.
        fixtures: a test that names one of these uses it.
    """

    node: Node
    fixtures: frozenset[str]

    def resume(self) -> None:
        """A test begins that uses it."""

    def pause(self) -> None:
        """A test has ended."""

    def close(self) -> None:
        """The fixture is torn down."""

    def unseen_errors(self) -> list[str]:
        """Return what was raised in the code under test, and not seen by the test."""

    def mark_seen(self, resolved_options: str) -> None:
        """Forget what this text tells."""

    def report(self) -> str | None:
        """Return what a failed test shows of it."""


class HeldClock:
    """A clock that runs only while a test uses it, and stands still in between.

    So a wide-scoped one neither freezes the tests that do not use it, nor adds up the sleeps of those that
    do.
    """

    def __init__(self, clock: Clock, node: Node, fixtures: frozenset[str], *, strict: bool) -> None:
        self.node, self.fixtures = node, fixtures
        self._clock: Any = clock
        self._virtual = hasattr(clock, "__enter__")
        self._strict = strict
        self._runs = False
        self._at: Any = None
        self._seen = False

    def resume(self) -> None:
        """Let it run, from where it stood."""
        if self._virtual and not self._runs:
            self._clock.__enter__()
            self._runs, self._seen = True, False
            if self._at is not None:
                self._clock.move_to(self._at)

    def pause(self) -> None:
        """Let the process go, and remember the time."""
        if self._runs:
            try:
                self._at = self._clock.now()
            finally:
                self.close()

    def close(self) -> None:
        """Let the process go."""
        if self._runs:
            self._runs = False
            self._clock.__exit__(None, None, None)

    def unseen_errors(self) -> list[str]:
        """Return the runaway."""
        runaway = self._clock.runaway if self._virtual else None
        if runaway is None or self._seen or not self._strict:
            return []
        return [
            "a ClockRunaway was swallowed (if that was meant, mark the test with "
            f"@pytest.mark.tuning(strict=False)):\n- {runaway}"
        ]

    def mark_seen(self, resolved_options: str) -> None:
        """Forget the runaway, if the text has it."""
        if self._virtual and self._clock.runaway is not None:
            self._seen = self._seen or str(self._clock.runaway) in resolved_options

    def report(self) -> str | None:
        """Show nothing: the service does."""
        return None


class HeldService:
    """A service, installed as long as its fixture lives."""

    def __init__(
        self, service: FakeTuningService, node: Node, fixtures: frozenset[str], *, strict: bool
    ) -> None:
        self.node, self.fixtures = node, fixtures
        self._service = service
        self._strict = strict
        self._since: Since | None = None
        self.resume()
        service.__enter__()

    def resume(self) -> None:
        """Note where the test begins."""
        from fake_tuning.doors.pytest.report import Since

        virtual = hasattr(self._service.clock, "advance")
        self._since = Since(self._service.clock.now() if virtual else None, len(self._service.calls))

    def pause(self) -> None:
        """Show nothing of it to the next test, unless that uses it."""
        self._since = None

    def close(self) -> None:
        """Remove it."""
        self._service.refusals.clear()  # the ledger has them
        self._service.__exit__(None, None, None)

    def unseen_errors(self) -> list[str]:
        """Return what was refused on its way to the network."""
        if self._strict:
            try:
                self._service.assert_nothing_refused()
            except AssertionError as error:
                return [str(error)]
        return []

    def mark_seen(self, resolved_options: str) -> None:
        """Forget the refusals that the text has."""
        self._service.refusals[:] = [
            each for each in self._service.refusals if str(each) not in resolved_options
        ]

    def report(self) -> str | None:
        """Return its calls and jobs, if the test uses it."""
        from fake_tuning.doors.pytest.report import report

        if self._since is None:
            return None
        name = min(self.fixtures, key=len)
        try:
            return report(name, self._service, self._since)
        except Exception as error:  # the failure that is reported counts more than this report
            return f"{name} could not be read: {error!r}"


class Lifetimes:
    """Keeps the books of one pytest run: what is held open, and what its tests have not been told.

    Attributes:
        failed: whether the test that runs has failed.
    """

    def __init__(self) -> None:
        self.failed = False
        self._held: list[Held] = []
        self._complaints: list[str] = []
        self._kept: str | None = None
        self._shown = False

    def open(self, held: Held) -> None:
        """Take in what a fixture has set up."""
        self._held.append(held)

    def close(self, held: Held) -> None:
        """Close what a fixture tears down, and keep what is to be told of it."""
        self._held.remove(held)
        self._complaints += held.unseen_errors()
        held.close()

    def complain(self, text: str) -> None:
        """Let the test that is torn down fail for this."""
        self._complaints.append(text)

    def test_begins(self, item: pytest.Item) -> None:
        """Let run what the test uses."""
        self.failed, self._shown, self._kept = False, False, None
        names = frozenset(getattr(item, "fixturenames", ()))
        for held in self._held:
            if held.fixtures & names:
                held.resume()

    def teardown_begins(self, nextitem: pytest.Item | None) -> None:
        """See that what ends with this test runs then: fixtures of the same scope may clean up in it."""
        if any(held.unseen_errors() for held in self._held):
            self._kept = self._report()
        remaining = nextitem.listchain() if nextitem else []
        for held in reversed(self._held):
            if held.node not in remaining:
                # Last in, first out: clocks before their services, both before the fixtures of that scope,
                # and after the test's own, which may have frozen time.
                held.node.addfinalizer(held.resume)

    def test_ends(self) -> str | None:
        """Pause what outlives the test, and return what the test has to be told."""
        for held in reversed(self._held):
            unseen_errors = held.unseen_errors()
            self._complaints += unseen_errors
            held.mark_seen("\n".join(unseen_errors))
            held.pause()
        resolved_options, self._complaints = "\n".join(self._complaints), []
        return resolved_options or None

    def phase_ended(self, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Give the report of a failed test its section, once, as things stand when it fails."""
        if call.when != "teardown" and call.excinfo is not None:
            resolved_options = "\n".join(_messages(call.excinfo.value))
            for held in self._held:
                held.mark_seen(resolved_options)
        if not report.failed:
            return
        self.failed = True
        text = self._kept if call.when == "teardown" else self._report()
        if text and not self._shown:
            report.sections.append(("tuning", text))
            self._shown = True

    def _report(self) -> str | None:
        return "\n\n".join(text for held in self._held if (text := held.report())) or None


def _messages(error: BaseException) -> list[str]:
    """Return the messages of an error and of all that led to it."""
    messages: list[str] = []
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            messages.append(str(each))
            pending += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
    return messages
