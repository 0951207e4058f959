"""The benchmarks run, in their short form, and tell all that they should. How fast it is they tell, not this test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

ROWS = (
    "ack, 1 client: p50 (ms)", "ack, 50 clients: commands per second", "ack, 50 clients: p99 (ms)",
    "memory when ready: bot (MB)", "parse, worst of", "preflight, 50 flows, 5,000 topics: every topic",
    "decide at 2,000 grants, 10 of one person, refused", "start to ready (s)", "verify ",
    "history: ", "history of one flow: ", "last page of it: ", "ack p99 with Aiven taking 2 s",
)  # fmt: skip


def test_the_short_form_prints_the_table() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--short"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    for row in ROWS:
        (line,) = [line for line in run.stdout.splitlines() if line.startswith(row)]
        assert any(part[0].isdigit() for part in line.removeprefix(row).split() if part), line
