"""What this package does from a shell: ``python -m fake_tuning COMMAND``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command, and return the exit status.

    Args:
        arguments: those of the shell; None: those that the process was started with.

    Raises:
        SystemExit: the arguments are wrong, or ask for help.
    """
    from fake_tuning.domain.vocabulary.suggestions import choices
    from fake_tuning.doors.conform import command as conform

    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="python -m fake_tuning",
        description="A fake of Amazon SageMaker tuning jobs, in a time you control.",
        epilog="What it does in your tests stands in README.md.",
    )
    parser.add_argument("--version", action="store_true", help="show the version, and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    conform.add_to(commands)
    if given and not given[0].startswith("-") and given[0] not in commands.choices:
        parser.error(choices("command", given[0], commands.choices))
    options = parser.parse_args(given)
    if options.version:
        print(f"fake_tuning {version('fake_tuning')}")
        return 0
    if not hasattr(options, "run"):
        parser.print_help()
        return 0
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
