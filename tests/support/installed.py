"""Tries an installed fake_tuning as a new user meets it: ``nox -s wheel`` runs this, with nothing else around.

It needs no module of this repository: README.md, whose first test it runs, is read as a file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points, files
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
SHIPPED = ("fake_tuning/FIDELITY.md", "fake_tuning/REFERENCE.md", "fake_tuning/py.typed")


def main() -> None:
    """Try the names, the files, the entry point, and the first test of the README."""
    import fake_tuning

    assert not Path(fake_tuning.__file__).is_relative_to(README.parent / "fake_tuning"), fake_tuning.__file__
    for name in dir(fake_tuning):
        assert getattr(fake_tuning, name) is not None, name
    shipped = [str(each) for each in files("fake_tuning") or ()]
    assert set(SHIPPED) <= set(shipped), shipped
    assert not [each for each in shipped if each.startswith(("tests", "examples"))], shipped

    (plugin,) = [each for each in entry_points(group="pytest11") if each.name == "fake_tuning"]
    assert plugin.load().tuning_service

    _try_the_command()

    first = re.search(
        r"^```python\n# (test_\w+\.py)\n.*?^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert first
    Path(first[1]).write_text("\n".join(first[0].splitlines()[1:-1]), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", first[1]]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    print(ran.stdout, ran.stderr)
    assert ran.returncode == 0
    assert "1 passed" in ran.stdout


def _try_the_command() -> None:
    """Hold an answer of ours against ourselves: without PyYAML, too, for it is JSON."""
    from fake_tuning import TuningJob

    answer = json.dumps(TuningJob("churn").completed().describe(), default=str)
    Path("recorded").mkdir(exist_ok=True)
    Path("recorded/answer.json").write_text(answer, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "fake_tuning", "conform", "recorded"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    print(ran.stdout, ran.stderr)
    assert ran.returncode == 0


if __name__ == "__main__":
    main()
