"""What the fixtures of a pytest run hold open, when it runs, and which errors a test has yet to be failed for."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pytest
    from _pytest.nodes import Node

    from fake_tuning.domain.vocabulary.clock import Clock
    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from fake_tuning.doors.pytest.report import Since


class Held(Protocol):
    """A clock or a service between the setup and the teardown of its fixture.

    Attributes:
        node: the test, class, module or session that it lives for.
        fixtures: a test that names one of these uses it.
    """

    node: Node
    fixtures: frozenset[str]

    def resume(self) -> None:
        """Start working for a test that uses it."""

    def pause(self) -> None:
        """Stop working: the test has ended."""

    def close(self) -> None:
        """Stop for good: the fixture is torn down."""

    def swallowed(self, own: OwnCode) -> list[str]:
        """Return the errors that were raised in the code under test and never reached the test's own code."""

    def forget(self, shown: str) -> None:
        """Forget the errors whose message is in a text that the user is shown."""

    def report(self) -> str | None:
        """Return what the report of a failed test says of it."""


class OwnCode:
    """What of all code is the test's own, and no code under test.

    Args:
        item: the test; None when none has begun.
    """

    def __init__(self, item: pytest.Item | None = None) -> None:
        # A test that is inherited stands in another file than the class that was collected.
        code = getattr(inspect.unwrap(getattr(item, "function", OwnCode)), "__code__", None)
        self._files = {str(getattr(item, "path", "")), getattr(code, "co_filename", "")}

    def caught(self, error: BaseException) -> bool:
        """Whether an error got as far as the test's own code: a traceback begins where the error was caught."""
        if error.__traceback__ is None:
            return True  # it was raised, so somebody has cleared it: unittest's assertRaises does
        frame = error.__traceback__.tb_frame
        tool = str(frame.f_globals.get("__name__")).partition(".")[0] in _TOOLS
        return tool or frame.f_code.co_filename in self._files


_TOOLS = ("_pytest", "unittest")
"""They catch what a test expects of a function that it hands over: ``pytest.raises(ClockRunaway, wait)``."""


class HeldClock:
    """A clock that runs only while a test uses it, and stands still in between.

    So a clock of a wider scope neither freezes the tests that do not use it, nor adds up the sleeps of those that do.
    """

    def __init__(self, clock: Clock, node: Node, fixtures: frozenset[str], *, strict: bool) -> None:
        self.node, self.fixtures = node, fixtures
        self._clock: Any = clock
        self._virtual = hasattr(clock, "__enter__")
        self._strict = strict
        self._runs = False
        self._at: Any = None
        self._forgotten = False

    def resume(self) -> None:
        """Enter the clock, and move it to where it stood."""
        if self._virtual and not self._runs:
            self._clock.__enter__()
            self._runs, self._forgotten = True, False
            if self._at is not None:
                self._clock.move_to(self._at)

    def pause(self) -> None:
        """Leave the clock, and remember where it stands."""
        if self._runs:
            try:
                self._at = self._clock.now()
            finally:
                self.close()

    def close(self) -> None:
        """Leave the clock."""
        if self._runs:
            self._runs = False
            self._clock.__exit__(None, None, None)

    def swallowed(self, own: OwnCode) -> list[str]:
        """Return the message of a ClockRunaway, unless the test has got one."""
        runaways = self._clock.runaways if self._virtual else []
        if not runaways or self._forgotten or not self._strict or any(map(own.caught, runaways)):
            return []
        return [
            f"a ClockRunaway was swallowed: {runaways[0]}\n"
            "If that was meant, mark the test with @pytest.mark.tuning(strict=False)."
        ]

    def forget(self, shown: str) -> None:
        """Forget the ClockRunaway if its message is shown."""
        if self._virtual and self._clock.runaway is not None:
            self._forgotten = self._forgotten or str(self._clock.runaway) in shown

    def report(self) -> str | None:
        """Return nothing: the report on the service says what time it is."""
        return None


class HeldService:
    """A service that is installed as long as its fixture lives."""

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
        self._since = Since(
            self._service.clock.now() if virtual else None,
            len(self._service.calls),
            len(self._service.mishaps),
        )

    def pause(self) -> None:
        """Leave it out of the reports of tests that do not use it."""
        self._since = None

    def close(self) -> None:
        """Uninstall the service."""
        self._service.refusals.clear()  # they were taken by swallowed(): leaving must not raise them once more
        self._service.__exit__(None, None, None)

    def swallowed(self, own: OwnCode) -> list[str]:  # noqa: ARG002  # to catch a refusal is not to expect it
        """Return one message about all requests that were refused on their way to the network."""
        if self._strict:
            try:
                self._service.assert_nothing_refused()
            except AssertionError as error:
                return [str(error)]
        return []

    def forget(self, shown: str) -> None:
        """Forget the refusals whose messages are shown."""
        self._service.refusals[:] = [each for each in self._service.refusals if str(each) not in shown]

    def report(self) -> str | None:
        """Return its calls and jobs, if the test uses it."""
        from fake_tuning.doors.pytest.report import report

        if self._since is None:
            return None
        name = min(self.fixtures, key=len)
        try:
            return report(name, self._service, self._since)
        except Exception as error:  # it must not hide the failure that is reported
            return f"{name} could not be read: {error!r}"


class Lifetimes:
    """What the fixtures of one pytest run hold open, and what went wrong unseen.

    Attributes:
        failed: whether the current test has failed.
    """

    def __init__(self) -> None:
        self.failed = False
        self._own = OwnCode()
        self._held: list[Held] = []
        self._complaints: list[str] = []
        self._report_at_teardown: str | None = None
        self._reported = False

    def open(self, held: Held) -> None:
        """Take in what a fixture has set up."""
        self._held.append(held)

    def close(self, held: Held) -> None:
        """Close what a fixture tears down, and keep the errors that it knows."""
        self._held.remove(held)
        self._complaints += held.swallowed(self._own)
        held.close()

    def complain(self, text: str) -> None:
        """Fail the test for this at the end of its teardown."""
        self._complaints.append(text)

    def test_begins(self, item: pytest.Item) -> None:
        """Resume what the test uses."""
        self.failed, self._reported, self._report_at_teardown = False, False, None
        self._own = OwnCode(item)
        names = frozenset(getattr(item, "fixturenames", ()))
        for held in self._held:
            if held.fixtures & names:
                held.resume()

    def teardown_begins(self, nextitem: pytest.Item | None) -> None:
        """Make sure that what ends with this test runs at its end: fixtures of the same scope may clean up in it."""
        if any(held.swallowed(self._own) for held in self._held):
            self._report_at_teardown = (
                self._report()
            )  # the teardown will fail, and the service be gone by then
        remaining = nextitem.listchain() if nextitem else []
        for held in reversed(self._held):
            if held.node not in remaining:
                # Last in, first out: clocks before their services, both before the fixtures of that scope,
                # and after the test's own, which may have frozen time.
                held.node.addfinalizer(held.resume)

    def test_ends(self) -> str | None:
        """Pause what outlives the test, and return what the test must fail for, if anything."""
        for held in reversed(self._held):
            swallowed = held.swallowed(self._own)
            self._complaints += swallowed
            held.forget("\n".join(swallowed))
            held.pause()
        text, self._complaints = "\n".join(self._complaints), []
        return text or None

    def phase_ended(self, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Add a section to the report of a failed test, once, on how things stood when it failed."""
        if call.when != "teardown" and call.excinfo is not None:
            shown = "\n".join(_messages(call.excinfo.value))
            for held in self._held:
                held.forget(shown)
        if not report.failed:
            return
        self.failed = True
        text = self._report_at_teardown if call.when == "teardown" else self._report()
        if text and not self._reported:
            report.sections.append(("tuning", text))
            self._reported = True

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
