"""The pytest plugin: fixtures, marker, ini options, and a section in the report of a failed test.

A run that uses none of the fixtures imports neither botocore nor freezegun nor Faker.
"""

from __future__ import annotations

import inspect
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import pytest

from fake_tuning.doors.pytest.late_undoing import LateUndoing
from fake_tuning.doors.pytest.lifetimes import HeldClock, HeldService, Lifetimes
from fake_tuning.doors.pytest.options import (
    MARKER,
    EffectiveOptions,
    TuningConfig,
    add_ini_options,
    effective_options,
    from_ini,
    marker_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from fake_tuning.domain.vocabulary.clock import Clock
    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from fake_tuning.doors.stubber.tuning_stubber import TuningStubber

_Scope = Literal["function", "class", "module", "session"]

_CONFIG = pytest.StashKey[TuningConfig]()
_LIFETIMES = pytest.StashKey[Lifetimes]()
_LATE_UNDOING = pytest.StashKey[LateUndoing]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the ini options."""
    add_ini_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read the ini options, and register the marker."""
    config.stash[_CONFIG] = from_ini(config)
    config.stash[_LIFETIMES] = Lifetimes()
    config.stash[_LATE_UNDOING] = LateUndoing()
    config.addinivalue_line("markers", marker_line())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker with mistakes, and resume the wider clocks that the test uses."""
    __tracebackhide__ = True
    if item.get_closest_marker(MARKER):
        effective_options(item, item.config.stash[_CONFIG])
    item.config.stash[_LIFETIMES].test_begins(item)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> None:
    """Begin to watch over what the fixtures of this test, class, module or session put back when they are torn down."""
    request.config.stash[_LATE_UNDOING].watch(request.node)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Begin it for a test without fixtures."""
    item.config.stash[_LATE_UNDOING].watch(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Fail the test for errors that the code under test swallowed, after all its fixtures are torn down."""
    lifetimes = item.config.stash[_LIFETIMES]
    lifetimes.teardown_begins(nextitem)
    try:
        result = yield
    except BaseException:
        complaint = lifetimes.test_ends()
        if complaint:
            item.add_report_section("teardown", MARKER, complaint)
        raise
    complaint = lifetimes.test_ends()
    if complaint:
        pytest.fail(complaint, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add a section to the report of a failed test."""
    report = yield
    item.config.stash[_LIFETIMES].phase_ended(call, report)
    return report


@pytest.fixture(scope="session")
def tuning_config(pytestconfig: pytest.Config) -> TuningConfig:
    """The options of the fixtures of fake_tuning: region, account, seed, start and the others of TuningConfig.

    Override it in a conftest.py or a test module: ``return dataclasses.replace(tuning_config, seed=7)``.
    It overrides the ini file, and ``@pytest.mark.tuning(seed=7)`` overrides it.
    """
    return pytestconfig.stash[_CONFIG]


def _prefix(scope: _Scope) -> str:
    return "" if scope == "function" else f"{scope}_"


_WIDER: tuple[_Scope, ...] = ("class", "module", "session")


def _service_of(request: pytest.FixtureRequest) -> str:
    """Return the service fixture of a test: ``tuning_service``, or else the narrowest wider one that it names."""
    names = request.fixturenames
    if "tuning_service" in names:
        return "tuning_service"
    named = (f"{scope}_tuning_service" for scope in _WIDER)
    return next((name for name in named if name in names), "tuning_service")


def _make_clock(options: EffectiveOptions) -> Clock:
    __tracebackhide__ = True
    if options.config.clock == "ambient":
        from fake_tuning.domain.vocabulary.clock import AmbientClock

        return AmbientClock()
    from fake_tuning.doors.clock.virtual_clock import VirtualClock

    names = [*inspect.signature(VirtualClock).parameters]
    arguments: dict[str, Any] = {name: getattr(options.config, name) for name in names}
    try:
        return VirtualClock(**arguments)
    except (TypeError, ValueError) as error:
        raise options.blame(error, *arguments) from None


def _make_service(options: EffectiveOptions, clock: Clock) -> FakeTuningService:
    __tracebackhide__ = True
    from fake_tuning.doors.botocore.fake_service import FakeTuningService

    service = FakeTuningService(clock=clock, **options.config.keywords())
    for entry in options.config.allow:
        name, _, operation = entry.partition(":")
        try:
            service.allow(name, operation or None)
        except ValueError as error:
            raise options.blame(error, "allow") from None
    return service


def _clock_fixture(scope: _Scope) -> Any:
    name = f"{_prefix(scope)}tuning_clock"

    def fixture(request: pytest.FixtureRequest, tuning_config: TuningConfig) -> Iterator[Clock]:
        __tracebackhide__ = True
        service = _service_of(request)
        if scope == "function" and service != "tuning_service":
            yield request.getfixturevalue(service).clock
            return
        options = effective_options(request.node, tuning_config)
        clock = _make_clock(options)
        uses = frozenset({name, f"{_prefix(scope)}tuning_service"})
        held = HeldClock(clock, request.node, uses, strict=options.config.strict)
        held.resume()
        request.config.stash[_LIFETIMES].open(held)
        yield clock
        request.config.stash[_LIFETIMES].close(held)

    fixture.__doc__ = (
        """The clock of the test's service: a VirtualClock, moved by sleeping, advance() and move_to().

        Works without the service too. With ``@pytest.mark.tuning(clock="ambient")`` it is an AmbientClock.
        """
        if scope == "function"
        else f"The clock of {scope}_tuning_service. It runs during the tests that use it, and stands still in between."
    )
    return pytest.fixture(scope=scope, name=name)(fixture)


def _service_fixture(scope: _Scope) -> Any:
    name = f"{_prefix(scope)}tuning_service"

    def fixture(request: pytest.FixtureRequest, tuning_config: TuningConfig) -> Iterator[FakeTuningService]:
        __tracebackhide__ = True
        clock = request.getfixturevalue(f"{_prefix(scope)}tuning_clock")
        options = effective_options(request.node, tuning_config)
        service = _make_service(options, clock)
        held = HeldService(service, request.node, frozenset({name}), strict=options.config.strict)
        request.config.stash[_LIFETIMES].open(held)
        yield service
        request.config.stash[_LIFETIMES].close(held)

    fixture.__doc__ = (
        """An in-memory SageMaker for tuning jobs, which every botocore client reaches, in virtual time.

        Needs no credentials, and lets nothing reach the network.
        """
        if scope == "function"
        else f"""A tuning_service for a whole {scope}.

        It is installed from the first test that uses it to the end of the {scope}. Time is frozen only during
        the tests that use it, by name or through another fixture, and goes on from where the last of them left it.
        """
    )
    return pytest.fixture(scope=scope, name=name)(fixture)


tuning_clock = _clock_fixture("function")
class_tuning_clock = _clock_fixture("class")
module_tuning_clock = _clock_fixture("module")
session_tuning_clock = _clock_fixture("session")
tuning_service = _service_fixture("function")
class_tuning_service = _service_fixture("class")
module_tuning_service = _service_fixture("module")
session_tuning_service = _service_fixture("session")


@pytest.fixture
def sagemaker_client(request: pytest.FixtureRequest) -> Any:
    """A SageMaker client in the region of the test's service, made by boto3, or by botocore if there is no boto3."""
    service = request.getfixturevalue(_service_of(request))
    if find_spec("boto3"):
        from boto3.session import Session

        return Session().client("sagemaker", region_name=service.region)
    from botocore.session import get_session

    return get_session().create_client("sagemaker", region_name=service.region)


@pytest.fixture
def tuning_stubber(
    request: pytest.FixtureRequest, tuning_config: TuningConfig
) -> Iterator[Callable[[Any], TuningStubber]]:
    """A function that makes an active TuningStubber of a client.

    Write ``stub = tuning_stubber(client)``. Unused answers fail the test, unless it has failed already. Poll loops
    sleep on the tuning_clock here too.
    """
    from fake_tuning.doors.stubber.tuning_stubber import TuningStubber

    request.getfixturevalue("tuning_clock")  # so that a poll loop does not really sleep
    made: list[TuningStubber] = []

    def make(client: Any) -> TuningStubber:
        stub = TuningStubber(client, dialect=effective_options(request.node, tuning_config).config.dialect)
        stub.activate()
        made.append(stub)
        return stub

    yield make
    lifetimes = request.config.stash[_LIFETIMES]
    for stub in reversed(made):
        stub.deactivate()
        if not lifetimes.failed:
            try:
                stub.assert_no_pending_responses()
            except AssertionError as error:
                lifetimes.complain(str(error))
