"""The program's entry: `parley …` and `python -m bot …` are the same."""

import os

from bot.cli.main import parley


def main() -> None:
    """Run the command line and exit with its code. Whatever it makes, only its user may read."""
    os.umask(0o077)
    parley(prog_name="parley")


if __name__ == "__main__":
    main()
