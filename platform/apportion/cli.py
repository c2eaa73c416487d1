"""The `apportion` command."""

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="apportion")
    parser.parse_args(arguments)
    return 2


if __name__ == "__main__":
    sys.exit(main())
