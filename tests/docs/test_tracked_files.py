"""What the repository says holds for a stranger: its links lead somewhere, and it names nothing that only we have."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ONLY_HERE = re.compile(
    r"""(?<![\w.~/-])/(?:home|root|Users|work|mnt|srv|tmp|opt)/   # a path of one machine
    | \b[A-Z]:\\(?:Users|Windows)                                             # the same, on Windows
    | \b(?:pypi|pythonhosted|anaconda)\.(?:org|com|python)\b      # the host of a package registry
    """,
    re.VERBOSE,
)
RECORDED = "/opt/conda/bin/python3.6"  # in a failure reason that the real service gave


def tracked() -> list[Path]:
    """Return the files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a clone, so git does not say which files belong to the repository")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def test_no_file_names_what_only_one_machine_has() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if ONLY_HERE.search(line.replace(RECORDED, ""))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["see /" + "home/me/notes", "C:" + "\\Users\\me", "https://py" + "pi.org/simple"]
)
def test_what_only_one_machine_has_is_seen(line: str) -> None:
    assert ONLY_HERE.search(line)


def test_every_link_of_a_page_leads_to_a_file_of_the_repository() -> None:
    files = tracked()
    pages = [path for path in files if path.suffix == ".md"]
    assert len(pages) > 5
    missing = []
    for page in pages:
        prose = re.sub(
            r"^```.*?^```$|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
        )
        for target in re.findall(r"\]\((?!https://|#)([^)#]+)", prose):
            found = (page.parent / target).resolve()
            if not any(found == path or found in path.parents for path in files):
                missing.append(f"{page.relative_to(ROOT)}: {target}")
    assert missing == []


def test_ruff_is_of_one_version_everywhere() -> None:
    texts = [(ROOT / name).read_text() for name in ("noxfile.py", ".pre-commit-config.yaml")]
    found = [re.findall(r"ruff~=[\d.]+", text) for text in texts]
    assert all(found)
    assert len({version for each in found for version in each}) == 1
