"""Measures everything in one run and prints the table: `python -m benchmarks [--short]`.

A number that misses its target is marked in the table; the exit code is 1 only when something could not be measured.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final, NamedTuple

import uvloop

from benchmarks import ack, core, growth, machine, start, table
from benchmarks.processes import MeasureError


class Size(NamedTuple):
    """How much is measured."""

    ack: ack.Plan
    repeats: int
    starts: int
    growth: growth.Size


FULL: Final = Size(
    ack.Plan(rounds=5, one=200, many=1500), repeats=2000, starts=5, growth=growth.Size(1_000, 1_000_000, 100)
)
SHORT: Final = Size(ack.Plan(rounds=1, one=20, many=100), repeats=50, starts=1, growth=growth.Size(100, 1_000, 3))

_NOTES: Final = """\
Medians over the rounds; “to Bolt” is the median of each round's own ratio. All servers run on uvloop, get the same
requests, each one different, and check signatures except the no-op. Sluice stores each command with an fsync before it
acknowledges, and meanwhile works on those before: reads Aiven, decides, posts the answer to Slack (both simulated).
pycasbin has the same grants in its FastEnforcer, keyed by the user; it tells yes or no, Sluice tells why as well."""


def main() -> int:
    """Runs the benchmarks; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Sluice beside bare servers.")
    parser.add_argument("--short", action="store_true", help="some seconds only: shows that it works, not how fast")
    size = SHORT if parser.parse_args().short else FULL
    print(*machine.facts(), "", sep="\n", flush=True)
    try:
        rows = uvloop.run(_measure(size))
    except MeasureError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    print(*table.lines(rows), "", _NOTES, sep="\n")
    return 0


async def _measure(size: Size) -> list[table.Row]:
    return [
        *await ack.measure(size.ack), *core.measure(size.repeats), *await start.measure(size.starts),
        *await growth.measure(size.growth),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
