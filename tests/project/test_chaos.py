"""Chaos in its short form: fifty kills under load break no promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(280)
def test_fifty_kills_under_load_break_no_promise() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "chaos", "--kills", "50", "--every", "0.6", "--seed", "11"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "violations: 0" in run.stdout
    assert "50 kill -9 of 2 replicas" in run.stdout
