"""Answers to commands: whatever they hold, Slack takes them; long ones come in pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import answers, forms, kit
from bot.cards.findings import dry_run
from bot.core.access import Grant
from bot.core.delivery import Answer
from bot.core.flow import FlowRef, Patch
from bot.core.grammar import Mistake, parse
from bot.core.grammar.verb import Verb
from bot.core.grammar.verbs import VERBS
from bot.core.plan import Plan
from bot.core.preflight.finding import Finding, Level
from bot.core.request import Request
from bot.sandbox.slack.blocks import MESSAGE_TEXT_MAX, check_blocks, check_view, text_length

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
FLOW = {"source_cluster": "a", "target_cluster": "b", "enabled": True, "exactly_once_delivery_enabled": True}
PLAN = Plan(ref=REF, change=Patch(body={"enabled": False}), before=FLOW, after=FLOW | {"enabled": False})
REQUEST = Request(
    number=7, by="UASK", channel="C1", plan=PLAN, policy="p", asked_at=NOW, changed_at=NOW, expires_at=NOW
)
GRANT = Grant(subject="UANN", role="editor", scope="acme/*", by="U0", at=NOW, until=NOW)

ODD = st.text(st.sampled_from("ab&<>`*_\n\t|@’😀"), max_size=80) | st.sampled_from(["&" * 5000, "`" * 4000, "x" * 9000])


def good(answer: Answer) -> bool:
    """Whether Slack takes it."""
    blocks: list[Any] = list(answer.blocks)
    return (
        check_blocks(blocks) == []
        and len(blocks) <= kit.BLOCKS_MAX
        and text_length(blocks) <= MESSAGE_TEXT_MAX
        and 0 < len(answer.text) <= kit.TEXT_MAX
    )


FOUND = [Finding(rule="r", level=level, text="mind `this`", link="https://x.test") for level in Level]
FIXED = {
    "help": answers.help_all(VERBS, None),
    "help with a default": answers.help_all(VERBS, "acme/mm2"),
    "who am I": answers.who_am_i("UANN", [GRANT], VERBS, "acme/mm2"),
    "who is nobody": answers.who_am_i("UANN", [], [], None),
    "asked": answers.asked(REQUEST, "C1"),
    "asked already": answers.asked_already(7),
    "dry run": dry_run(PLAN, FOUND, ["mind this"]),
    "empty list": answers.request_list([], 1, "requests"),
    "roles": answers.role_list([GRANT] * 40, 2, "role list"),
    **{f"help {verb.name}": answers.help_one(verb) for verb in VERBS},
}


@pytest.mark.parametrize("name", FIXED)
def test_slack_takes_it(name: str) -> None:
    assert good(FIXED[name])


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_example_of_the_help_is_a_command(verb: Verb) -> None:
    assert not isinstance(parse(verb.example.replace("@user", "<@U012ABC>")), Mistake)


@given(ODD, ODD, ODD)
def test_slack_takes_every_no(what: str, why: str, typed: str) -> None:
    made = Mistake(what=what or "?", typed=typed, closest=why or None, line=typed or None)
    for answer in (answers.no(what, why), answers.trouble(what), answers.mistake(made), answers.no_such_topic(why)):
        assert good(answer)


@given(st.dictionaries(st.sampled_from(["topics", "enabled", "replication_progress"]) | ODD,
                       ODD | st.booleans() | st.floats(0, 1) | st.lists(ODD, max_size=5), max_size=6))  # fmt: skip
def test_slack_takes_every_flow(shown: dict[str, Any]) -> None:
    assert good(answers.flow(REF, shown))
    assert good(answers.flow_list("acme/mm2", [(REF, shown)] * 40, 1, "list acme/mm2"))


@given(st.lists(ODD, max_size=60), st.integers(1, 9))
def test_slack_takes_every_page(rows: list[str], page: int) -> None:
    assert good(answers.paged("*Title*", [f"• {kit.esc(row)}" for row in rows], page, "requests"))


def buttons(answer: Answer) -> dict[str, str]:
    last: Any = answer.blocks[-1]
    return {each["action_id"]: each["value"] for each in last.get("elements", ()) if last["type"] == "actions"}


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        (1, {"page-next": "requests --page 2"}),
        (2, {"page-back": "requests --page 1", "page-next": "requests --page 3"}),
        (3, {"page-back": "requests --page 2"}),
        (99, {"page-back": "requests --page 2"}),
    ],
)
def test_pages_lead_to_each_other(page: int, wanted: dict[str, str]) -> None:
    rows = [f"row {number}" for number in range(2 * answers.PAGE + 1)]
    assert buttons(answers.paged("*Title*", rows, page, "requests")) == wanted


def test_pages_show_every_row_once() -> None:
    rows = [f"row-{number}." for number in range(2 * answers.PAGE + 1)]
    text = "".join(answers.paged("*Title*", rows, page, "requests").text for page in (1, 2, 3))
    assert [text.count(row) for row in rows] == [1] * len(rows)


def test_a_list_that_fits_has_no_buttons() -> None:
    assert buttons(answers.paged("*Title*", ["a"] * answers.PAGE, 1, "requests")) == {}


def test_what_was_typed_is_there_to_be_copied() -> None:
    wrong = parse("update kafka-eu -> kafka-us exactly-onec=on")
    assert isinstance(wrong, Mistake)
    text = answers.mistake(wrong).text
    assert "Did you mean `exactly-once`" in text
    assert "update kafka-eu -&gt; kafka-us exactly-once=on" in text


def test_slack_takes_the_form_of_a_denial() -> None:
    assert check_view(forms.deny(REQUEST.model_copy(update={"number": 10**11}), "C012345678")) == []
