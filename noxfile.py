"""What is checked, and how: ``nox -l`` lists it. The Pythons are those that pyproject.toml names."""

from pathlib import Path
from xml.etree import ElementTree

import nox
from nox.command import CommandFailed

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
FULLY_COVERED = "fake_tuning/domain/*,fake_tuning/service/*"

NEIGHBOURS = [
    "pytest-asyncio",
    "pytest-cov",
    "pytest-mock",
    "pytest-randomly",
    "pytest-rerunfailures",
    "pytest-timeout",
    "anyio",
    "apscheduler<4",
    "fastapi",
    "httpx2",
    "moto[server]",
    "rich",
    "tenacity",
    "tqdm",
    "trio",
]
BESIDE = [f"tests/clients/test_beside_{others}.py" for others in ("plugins", "libraries", "trio")]

nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_missing_interpreters = False


def install(session: nox.Session, *what: str) -> None:
    """Install into the session's environment, and once more when a registry did not answer."""
    try:
        session.install("--quiet", *what)
    except CommandFailed:
        session.install("--quiet", *what)


def run_unskipped(session: nox.Session, *what: str) -> None:
    """Run test files, with options, and fail when any test was skipped: the session was made for them."""
    report = Path(session.create_tmp()) / "report.xml"
    session.run("pytest", f"--junitxml={report}", *session.posargs, *what)
    suite = ElementTree.parse(report).getroot()[0]
    if int(suite.attrib["skipped"]) or not int(suite.attrib["tests"]):
        session.error(f"{what[-1]} ran {suite.attrib['tests']} tests and skipped {suite.attrib['skipped']}")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format with ruff."""
    install(session, "ruff~=0.17.6")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy, strictly."""
    install(session, "-e", ".[test]", "mypy~=2.4")
    session.run("mypy")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the suite."""
    install(session, "-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the suite, and fail when a line or branch of the domain or the service was not reached."""
    install(session, "-e", ".[test]")
    # Not pytest-cov: the plugin under test is imported before it could begin to measure.
    data = {"COVERAGE_FILE": str(Path(session.create_tmp()) / "coverage")}
    session.run("coverage", "erase", env=data)
    session.run("coverage", "run", "-m", "pytest", *session.posargs, env=data)
    session.run("coverage", "combine", "--quiet", env=data)
    session.run("coverage", "report", "--skip-covered", env=data)
    session.run("coverage", "report", f"--include={FULLY_COVERED}", "--fail-under=100", env=data)


@nox.session
def sdk(session: nox.Session) -> None:
    """Run the SageMaker Python SDK, version 2, against the fake."""
    install(session, "-e", ".[sagemaker-v2]")
    run_unskipped(session, "tests/clients/test_sagemaker_sdk_v2.py")


@nox.session
def aio(session: nox.Session) -> None:
    """Run aiobotocore's clients against the fake."""
    install(session, "-e", ".", "aiobotocore")
    run_unskipped(session, "tests/clients/test_aiobotocore.py")


@nox.session
def neighbours(session: nox.Session) -> None:
    """Run tests beside pytest plugins and libraries that wait, or have threads that do."""
    install(session, "-e", ".[test]", *NEIGHBOURS)
    # The tests load the plugins. These two would rule this run, too: one warns, the other shuffles.
    run_unskipped(session, "-p", "no:asyncio", "-p", "no:randomly", *BESIDE)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, and try it in an environment that has it, pytest and what it asks for itself."""
    session.run(
        "python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", session.create_tmp(), "."
    )
    built = max(Path(session.create_tmp()).glob("*.whl"), key=lambda path: path.stat().st_mtime)
    install(session, str(built), "boto3")
    tried = Path("tests/support/installed.py").resolve()
    with session.chdir(session.create_tmp()):
        session.run("python", str(tried), env={"PYTHONPATH": ""})


@nox.session
def bench(session: nox.Session) -> None:
    """Measure, side by side: never a test, for its numbers hang on the machine."""
    install(session, "-e", ".[test]")
    session.run("python", "tests/benchmarks/bench.py", *session.posargs)


@nox.session
def pages(session: nox.Session) -> None:
    """Write the pages that are generated from the code."""
    install(session, "-e", ".[test]")
    session.run("python", "tests/support/pages.py")
