"""The audit chain and canonical JSON: any tampering shows, and where."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.audit import BOT, Entry, Head, Note, entry_after, follow_intents, head_of, verify
from bot.core.canonical import canonical, digest

AT = datetime(2026, 11, 23, tzinfo=UTC)


def chain(length: int) -> list[Entry]:
    head, entries = Head(), []
    for number in range(length):
        entry = entry_after(head, Note(tag="button:request:approve", by="UANN", at=AT, subject=f"request/{number}"))
        head = head_of(entry)
        entries.append(entry)
    return entries


def test_a_whole_chain_verifies_also_from_the_middle() -> None:
    entries = chain(6)
    assert verify(entries) is None
    assert verify(entries[3:], head_of(entries[2])) is None
    assert verify([]) is None


TAMPERINGS = {
    "changed": lambda e, i: [
        *e[:i],
        replace(e[i], text=e[i].text.replace("UANN", "UEVE")),
        *e[i + 1 :],
    ],
    "dropped": lambda e, i: [*e[:i], *e[i + 1 :]],
    "swapped": lambda e, i: [*e[:i], e[i + 1], e[i], *e[i + 2 :]],
    "inserted": lambda e, i: [*e[:i], entry_after(head_of(e[i]), e[i].note), *e[i:]],
    "rehashed": lambda e, i: [*e[:i], entry_after(Head(seq=e[i].seq - 1, hash="f" * 64), e[i].note), *e[i + 1 :]],
}


@pytest.mark.parametrize("how", TAMPERINGS)
@given(at=st.integers(0, 4))
def test_tampering_is_found_at_the_first_wrong_entry(how: str, at: int) -> None:
    assert verify(TAMPERINGS[how](chain(6), at)) == at + 1


def test_an_entry_is_hashed_as_its_text_says_and_gives_its_note_back() -> None:
    first, second = chain(2)
    hashed = hashlib.sha256(f"2 {first.hash} {second.text}".encode()).hexdigest()
    assert (second.previous, second.hash) == (first.hash, hashed)
    assert second.note.subject == "request/1"
    assert second.text == canonical(json.loads(second.text))


def test_the_first_entry_follows_nothing() -> None:
    (first,) = chain(1)
    assert (first.seq, first.previous) == (1, "0" * 64)


def test_canonical_json_does_not_depend_on_order_and_refuses_what_is_no_json() -> None:
    assert canonical({"b": [1, True, None], "a": "é"}) == '{"a":"é","b":[1,true,null]}'
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": True})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))


def test_a_write_that_was_announced_waits_for_the_word_on_what_became_of_it() -> None:
    said = [
        ("sluice:request:send", BOT, "request/1"), ("sluice:request:send", BOT, "request/2"),
        ("button:request:approve", "UANN", "request/1"), ("sluice:request:outcome", BOT, "request/2"),
        ("sluice:request:send", BOT, "request/3"), ("sluice:request:wait", BOT, "request/3"),
    ]  # fmt: skip
    head, entries = Head(), []
    for tag, by, subject in said:
        entries.append(entry_after(head, Note(tag=tag, by=by, at=AT, subject=subject)))
        head = head_of(entries[-1])
    waiting: dict[str, int] = {}
    follow_intents(entries, waiting)
    assert waiting == {"request/1": 1}
