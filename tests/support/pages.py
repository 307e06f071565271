"""Writes the generated pages of the package: ``nox -s pages`` runs it, or ``python tests/support/pages.py``.

The second form needs an environment that has fake_tuning and its extra ``test``.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support import fidelity_tables, reference_page

PAGES = (fidelity_tables, reference_page)


def main() -> None:
    """Write each page, and say which ones have changed."""
    for each in PAGES:
        before = each.PAGE.read_text(encoding="utf-8") if each.PAGE.exists() else ""
        now = each.current()
        each.PAGE.write_text(now, encoding="utf-8")
        print(f"{each.PAGE.name}: {'unchanged' if now == before else 'written'}")


if __name__ == "__main__":
    main()
