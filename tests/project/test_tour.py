"""`sluice try`, as people run it: a process of its own, without any variable set."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATH = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
COMMAND = [sys.executable, "-m", "bot", "try"]
SEEN = [
    '{"source_cluster": "kafka-eu", "target_cluster": "kafka-ap", "enabled": true, "topics": ["orders.*"],',
    '{"exactly_once_delivery_enabled": false}',
    '{"exactly_once_delivery_enabled": true}',
    "you asked for it yourself",
    "/flow update kafka-eu -> kafka-us exactly-once=on",
    "topics changed meanwhile",
    "→ 429",
    "You approved request 6. It still takes 1 of security.",
    "Once approved it waits for a freeze",
    "Glass broken by @eve",
    "You closed the review of request 8.",
    "is the first that is wrong or missing",
    "/flow create kafka-eu -> kafka-ap topics=orders.*",
    "refunds.requested",
    "is a circle of flows that keep topic names",
    "undoes request",
    "applied, and taken back",
    "Trouble after the change: The integration of kafka-us has failed",
    "SASL authentication failed password=***",
    "kafka-eu -> kafka-us was changed",
    "Put it back",
    "make try ARGS=--keep",
]


@pytest.fixture
def kept() -> Iterator[subprocess.Popen[str]]:
    """`sluice try --keep`, ended at the end."""
    with subprocess.Popen([*COMMAND, "--keep"], cwd=ROOT, env=PATH, text=True, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def words(text: str) -> str:
    return re.sub(r"[\s│]+", "", text)


def test_the_tour_shows_what_it_promises_and_ends_well() -> None:
    done = subprocess.run(COMMAND, cwd=ROOT, env=PATH | {"COLUMNS": "150"}, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    lefts = "\n".join(line[:85] for line in done.stdout.splitlines())
    rights = "\n".join(line[85:] for line in done.stdout.splitlines())
    missing = [each for each in SEEN if words(each) not in words(lefts) and words(each) not in words(rights)]
    assert missing == []


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="needs openssl and curl")
def test_kept_running_it_takes_ones_own_signed_requests(kept: subprocess.Popen[str]) -> None:
    """The lines of the shell that it prints, pasted."""
    assert kept.stdout is not None
    shell = ""
    for line in kept.stdout:
        shell += line if shell or line.startswith("flow() {") else ""
        if shell and line == "}\n":
            break
    done = subprocess.run(["bash"], input=f"{shell}flow U0ANN 'lisst'", text=True, capture_output=True, check=False)
    assert "Did you mean" in done.stdout, done.stderr
    assert (
        subprocess.run(["bash"], input=f"{shell}flow U0ANN 'list'", text=True, capture_output=True, check=False).stdout
        == ""
    )
    for line in kept.stdout:
        if "Flows of acme-prod/mm2-eu" in line:
            break
    kept.send_signal(signal.SIGINT)
    assert kept.stdout.read().endswith("Stopped.\n")
    assert kept.wait(20) == 0
