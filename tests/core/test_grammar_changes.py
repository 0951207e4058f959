"""Several flows in one command, --at, --for, and undo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.grammar import Mistake, parse
from bot.core.intent import ChangeMany, DeleteFlow, FlowName, Undo, UpdateFlow

PAIRS = [("a", "b"), ("a", "c"), ("d", "e")]


def many(text: str) -> ChangeMany:
    found = parse(text)
    assert isinstance(found, ChangeMany), found
    return found


@pytest.mark.parametrize("text", [
    "pause a -> b, a -> c, d -> e", "pause a->b,a->c,d->e", "pause a -> b,c, d -> e", "pause a→b, c , d → e",
    "pause a -> b a -> c d -> e", "pause a -&gt; b, a -&gt; c, d -&gt; e", "pause a -> b, c d -> e,",
    "pause a -> b, a -> c, d -> e, a -> b",
])  # fmt: skip
def test_several_flows_are_written_as_one_likes(text: str) -> None:
    assert [(flow.source, flow.target) for flow in many(text).flows] == PAIRS


def test_the_first_flow_names_the_service_of_all() -> None:
    flows = many("delete acme/mm2/a -> b, c").flows
    assert flows == tuple(FlowName(source="a", target=each, service="mm2", project="acme") for each in "bc")
    assert many("delete a -> b, c --service mm2").flows[1].service == "mm2"


@pytest.mark.parametrize("text", ["exactly-once on a -> b, c", "exactly-once a -> b, c on", "eos on a->b,a->c"])
def test_a_switch_goes_with_several_flows(text: str) -> None:
    found = many(text)
    assert [each.value for each in found.edits] == [True]
    assert len(found.flows) == 2


def test_all_flows_from_a_cluster_are_found_later() -> None:
    found = many("exactly-once off --all-flows-from kafka-eu --service mm2 --project acme")
    assert (found.all_from, found.flows, found.service, found.project) == ("kafka-eu", (), "mm2", "acme")


def test_one_flow_is_an_ordinary_change() -> None:
    assert isinstance(parse("pause a -> b,"), UpdateFlow)
    assert isinstance(parse("delete a -> b, a -> b"), DeleteFlow)


@pytest.mark.parametrize(("text", "at"), [
    ("pause a -> b --at 22:00Z", "22:00Z"), ("pause a -> b --at tomorrow 06:00 --reason x", "tomorrow 06:00"),
    ('pause a -> b --at "mon 06:00"', "mon 06:00"),
    ("update a -> b --at 2026-12-01 06:00Z topics=x", "2026-12-01 06:00Z"),
    ("update a -> b --at 22:00 topics=x", "22:00"), ("pause a -> b --at=22:00", "22:00"), ("pause a -> b", ""),
])  # fmt: skip
def test_a_time_is_one_word_or_a_day_and_a_time(text: str, at: str) -> None:
    found = parse(text)
    assert isinstance(found, UpdateFlow), found
    assert found.at == at


@pytest.mark.parametrize(("text", "seconds"), [("2h", 7200), ("30m", 1800), ("1d", 86_400)])
def test_for_a_while_is_a_duration(text: str, seconds: int) -> None:
    found = parse(f"exactly-once on a -> b --for {text} --at 22:00Z")
    assert isinstance(found, UpdateFlow)
    assert found.lasting == seconds


def test_undo_takes_a_number_and_a_reason() -> None:
    found = parse("undo #42 --reason it was me --dry-run")
    assert found == Undo(number=42, reason="it was me", dry_run=True)


@pytest.mark.parametrize(("text", "words"), [
    ("undo", "number of the request is missing"), ("undo x", "no request number"),
    ("pause a -> b --for", "--for needs a value"), ("pause a -> b --for ever", "is no duration"),
    ("pause a -> b --at", "--at needs a value"), ("create --all-flows-from a topics=x", "name them instead"),
    ("pause a -> b, c!", "cannot be a cluster alias"), ("show a -> b, c", "cannot be a cluster alias"),
    ("list --for 2h", "does not belong"),
])  # fmt: skip
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    found = parse(text)
    assert isinstance(found, Mistake)
    assert words in found.what


ALIAS = st.from_regex(r"[a-z][a-z0-9-]{0,6}[a-z0-9]", fullmatch=True).filter(lambda word: word not in {"to", "on"})


@given(pairs=st.lists(st.tuples(ALIAS, ALIAS), min_size=2, max_size=9, unique=True), tight=st.booleans())
def test_any_list_of_flows_is_read_as_written(pairs: list[tuple[str, str]], tight: bool) -> None:
    arrow, comma = ("->", ",") if tight else (" -> ", ", ")
    text = comma.join(f"{source}{arrow}{target}" for source, target in pairs)
    assert [(flow.source, flow.target) for flow in many(f"pause {text}").flows] == pairs
