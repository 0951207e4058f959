"""`sluice policy`, as people run it: files are checked and tried offline, compared and applied with the store."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.core.audit import Note
from bot.core.policy import DEFAULT, parse_policy
from bot.policy_tool import schema
from bot.store import audit
from bot.store.access import AccessStore
from bot.store.commit import Commit
from bot.store.connecting import connect
from bot.store.redis import Store

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE, CASES = ROOT / "docs/examples/policy.toml", ROOT / "docs/examples/policy-cases.toml"


async def ran(*words: str | Path, url: str = "", typed: bytes = b"") -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "policy", *map(str, words), cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE,
        env={"PATH": os.environ["PATH"], "REDIS_URL": url},
    )  # fmt: skip
    out, errors = await process.communicate(typed)
    return process.returncode, out.decode(), errors.decode()


async def test_the_example_is_good_and_its_cases_hold() -> None:
    assert (await ran("check", EXAMPLE))[:2] == (
        0, f"good: 5 rules, 1 denials, digest {parse_policy(EXAMPLE.read_text()).digest}\n",
    )  # fmt: skip
    code, out, _ = await ran("test", EXAMPLE, CASES)
    assert (code, out) == (0, "9 of 9 cases are as expected\n")


async def test_a_case_that_fails_is_named_with_what_came_of_it(tmp_path: Path) -> None:
    wrong = tmp_path / "cases.toml"
    wrong.write_text(
        CASES.read_text().replace('expect = "allowed"', 'expect = "refused"').replace("people = 2", "people = 3")
    )
    code, out, errors = await ran("test", EXAMPLE, wrong)
    assert (code, out) == (1, "7 of 9 cases are as expected\n")
    assert "case 2 “dev needs no approval”: expected refused, is allowed" in errors
    assert "case 7 “a delete on prod takes two people”: expected 3 approvals, it takes 2" in errors


@pytest.mark.parametrize(("text", "words"), [
    ("[aproval]\nquorum = 2\n", "policy.toml:1: aproval is no key here; did you mean approval?"),
    ("", "policy.toml: is empty"),
    ("[approval]\nquorum = \n", "policy.toml:2: "),
])  # fmt: skip
async def test_what_is_wrong_is_told_by_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "policy.toml").write_text(text)
    code, _, errors = await ran("check", tmp_path / "policy.toml")
    assert code == 2
    assert words in errors
    assert errors.startswith("sluice: ")
    assert (await ran("check", tmp_path / "none.toml"))[2].endswith(
        "none.toml cannot be read: No such file or directory\n"
    )


async def workspace(url: str, team: str) -> Store:
    store = Store(connect(url), team)
    commit = Commit()
    commit.note(Note(tag="test:thing:done", by="UANN", at=store.clock.now()))
    await store.commit(commit)
    return store


async def test_apply_shows_the_difference_asks_and_records(valkey: str, team: str) -> None:
    store = await workspace(valkey, team)
    here = {"url": valkey}
    assert "no policy was applied" in (await ran("show", "--team", team, **here))[1]
    code, out, _ = await ran("apply", EXAMPLE, "--team", team, typed=b"n\n", **here)
    assert (code, "+quorum = 1" in out, "nothing was changed" in out) == (1, True, True)
    assert (await AccessStore(store).load())[1] == DEFAULT
    code, out, _ = await ran("apply", EXAMPLE, "--team", team, typed=b"y\n", **here)
    assert (code, "in force: digest" in out) == (0, True)
    assert (await AccessStore(store).load())[1] == parse_policy(EXAMPLE.read_text())
    assert (await ran("show", "--team", team, **here))[1] == EXAMPLE.read_text()
    assert (await ran("diff", EXAMPLE, "--team", team, **here))[1] == "nothing changes\n"
    assert [each.note.tag async for each in audit.entries(store)] == ["test:thing:done", "cli:policy:apply"]
    await store.redis.aclose()


async def test_a_wrong_file_is_not_applied(valkey: str, team: str, tmp_path: Path) -> None:
    store = await workspace(valkey, team)
    (tmp_path / "p.toml").write_text("[approval]\nquorum = 21\n")
    code, _, errors = await ran("apply", tmp_path / "p.toml", "--yes", "--team", team, url=valkey)
    assert (code, "p.toml:2: approval.quorum" in errors) == (2, True)
    assert (await AccessStore(store).load())[1] == DEFAULT
    await store.redis.aclose()


async def test_explain_tells_every_fact(valkey: str, team: str) -> None:
    store = await workspace(valkey, team)
    await ran("apply", EXAMPLE, "--yes", "--team", team, url=valkey)
    place = "acme-prod/archive/a->b"
    code, out, _ = await ran("explain", "U0ANN", place, "flow.delete", "--team", team, url=valkey)
    assert code == 0
    assert f"U0ANN asks for flow.delete on {place}: refused" in out
    assert "in sre" in out
    assert "it is kept by law" in out
    assert "a policy without the denial “the archive stays”" in out
    assert (await ran("explain", "U0ANN", place, "flow.dlete", "--team", team, url=valkey))[0] == 2
    await store.redis.aclose()


def test_the_schema_that_is_shipped_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "docs/policy.schema.json").read_text()) == json.loads(schema())
