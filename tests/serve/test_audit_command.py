"""`sluice audit`, as people run it: a process that needs the store and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.audit import Note
from bot.core.canonical import canonical
from bot.store.commit import Commit
from bot.store.connecting import connect
from bot.store.redis import Store

ROOT = Path(__file__).resolve().parents[2]


async def recorded(url: str, team: str, count: int, at: datetime | None = None) -> None:
    """Puts so many entries into a workspace's audit log."""
    redis = connect(url)
    store = Store(redis, team)
    for number in range(count):
        commit = Commit()
        note = Note(tag="test:thing:done", by="UANN", at=at or datetime.now(UTC), subject=f"thing/{number + 1}")
        commit.note(note)
        await store.commit(commit)
    await redis.aclose()


async def started(url: str, *words: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "audit", *words, cwd=ROOT, stdout=PIPE, stderr=PIPE,
        env={"PATH": os.environ["PATH"], "REDIS_URL": url},
    )  # fmt: skip


async def ran(url: str, *words: str) -> tuple[int | None, str, str]:
    process = await started(url, *words)
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def test_verify_says_whole_and_after_meddling_where_not(valkey: str, team: str) -> None:
    await recorded(valkey, team, 3)
    code, out, _ = await ran(valkey, "verify", "--team", team)
    assert (code, out.startswith("whole: 3 entries, the newest has the hash ")) == (0, True)
    redis = connect(valkey)
    await redis.xdel(Store(redis, team).keys("audit"), "2-0")
    await redis.aclose()
    code, out, errors = await ran(valkey, "verify", "--team", team)
    assert (code, out) == (1, "")
    assert "NOT whole: entry 2 is the first" in errors


async def test_a_write_of_whose_outcome_nothing_is_said_is_raised(valkey: str, team: str) -> None:
    redis = connect(valkey)
    store = Store(redis, team)
    for subject in ("request/1", "request/2"):
        commit = Commit()
        commit.run("ZADD", "open", "2", "2")
        commit.note(Note(tag="sluice:request:send", by="sluice", at=datetime.now(UTC), subject=subject))
        await store.commit(commit)
    await redis.aclose()
    code, out, errors = await ran(valkey, "verify", "--team", team)
    assert (code, out) == (1, "")
    assert errors == "NOT complete: no outcome of the writes of request/1\n"


async def test_export_prints_entries_that_anybody_can_verify(valkey: str, team: str) -> None:
    await recorded(valkey, team, 4)
    code, out, _ = await ran(valkey, "export", "--team", team, "--from", "2", "--to", "3")
    lines = [json.loads(each) for each in out.splitlines()]
    assert (code, [each["seq"] for each in lines]) == (0, [2, 3])
    for each in lines:
        text = f"{each['seq']} {each['previous']} {canonical(each['note'])}"
        assert each["hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert lines[1]["previous"] == lines[0]["hash"]


async def test_export_takes_times(valkey: str, team: str) -> None:
    for day in (1, 2, 3):
        await recorded(valkey, team, 1, datetime(2026, 11, day, 12, tzinfo=UTC))
    parts = [
        (["--from", "2026-11-02"], [2, 3]),
        (["--to", "2026-11-02T12:00Z"], [1, 2]),
        (["--from", "2026-11-01T13:00+01:00", "--to", "2026-11-02T11:59Z"], [1]),
        (["--from", "2", "--to", "2026-11-02T23:00"], [2]),
    ]
    for words, expected in parts:
        _, out, _ = await ran(valkey, "export", "--team", team, *words)
        assert [json.loads(line)["seq"] for line in out.splitlines()] == expected, words
    code, _, errors = await ran(valkey, "export", "--team", team, "--from", "yesterday")
    assert code == 2
    assert "“yesterday” is neither the number of an entry nor a time" in errors


async def test_tail_prints_the_newest_and_follows(valkey: str, team: str) -> None:
    await recorded(valkey, team, 3)
    process = await started(valkey, "tail", "--team", team, "-n", "1", "--follow")
    assert process.stdout is not None
    assert json.loads(await process.stdout.readline())["seq"] == 3
    await recorded(valkey, team, 2)
    assert [json.loads(await process.stdout.readline())["seq"] for _ in range(2)] == [4, 5]
    process.kill()
    await process.wait()


@pytest.mark.parametrize("words", [["verify"], ["tail"], ["export", "--team", "TNOBODY"]])
async def test_without_one_clear_workspace_it_says_which_there_are(valkey: str, team: str, words: list[str]) -> None:
    await recorded(valkey, f"{team}A", 1)
    await recorded(valkey, f"{team}B", 1)
    code, out, errors = await ran(valkey, *words)
    assert (code, out) == (2, "")
    assert errors.startswith("sluice: ")
    assert f"{team}A, {team}B" in errors


async def test_a_store_that_is_away_is_one_line(tmp_path: Path) -> None:
    code, _, errors = await ran(f"unix://{tmp_path}/nobody.sock", "verify")
    assert code == 2
    assert errors.startswith("sluice: the store does not answer")
    assert len(errors.splitlines()) == 1


async def test_the_embedded_store_is_read_from_its_folder(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "audit", "verify", cwd=ROOT, stdout=PIPE, stderr=PIPE,
        env={"PATH": os.environ["PATH"], "SLUICE_DATA_DIR": str(tmp_path)},
    )  # fmt: skip
    _, errors = await process.communicate()
    assert errors.decode() == "sluice: there is no workspace in this store\n"
