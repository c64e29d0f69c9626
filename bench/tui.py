"""How fast the workbench starts, and how it bears a fast stream: ``python -m bench.tui``.

Absolute times mean little on a shared machine: look at the ratios, which come from rounds in turn.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import tui_start, tui_stream
from bench.store import fill


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="rounds of the start-up comparison")
    parser.add_argument("--sessions", type=int, default=100_000, help="sessions in the database that is streamed into")
    parser.add_argument("--database", type=Path, help="keep that database here, and use it if it is there")
    parser.add_argument("--only", choices=["start", "stream"], help="measure only this")
    parser.add_argument("--against", nargs="*", default=[*tui_start.OTHERS], choices=[*tui_start.OTHERS])
    options = parser.parse_args()
    if options.only != "stream":
        sys.stdout.write("First paint, on a terminal of 120x30:\n\n")
        sys.stdout.write(tui_start.table(tui_start.measure(options.rounds, options.against)) + "\n\n")
    if options.only != "start":
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            database = options.database or folder / "large.db"
            if not database.exists():
                sys.stderr.write(f"Filling a database with {options.sessions:,} sessions …\n")
                fill(database, options.sessions)
            lift = str(Path(sys.executable).with_name("lift"))
            sys.stdout.write("A stream of 200 deltas a second, on a terminal of 160x45:\n\n")
            sys.stdout.write(tui_stream.measure(database, lift, folder).table() + "\n")


if __name__ == "__main__":
    main()
