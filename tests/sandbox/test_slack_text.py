"""What people type as Slack sends it, and what the app sends as people read it."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.slack import SlackSimulator, render_text
from bot.sandbox.slack.typing_in import escape_typed

SIM = SlackSimulator()
SIM.add_user("U0BOB", "bob.x")
SIM.add_channel("C0OPS", "ops-eu")
SIM.add_channel("G0SECRET", "secret", private=True)
SIM.add_usergroup("S0ONCALL", "oncall", [])


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("to @bob.x.", "to <@U0BOB>."),
        ("in #ops-eu and #secret", "in <#C0OPS|ops-eu> and <#G0SECRET|>"),
        ("@oncall @nobody #nowhere", "<!subteam^S0ONCALL|@oncall> @nobody #nowhere"),
        ("a -> b & c", "a -&gt; b &amp; c"),
        ("x=https://example.com/a?b&c", "x=<https://example.com/a?b&amp;c>"),
        ("mail me@bob.x", "mail me@bob.x"),
        ("<@U0BOB>", "&lt;@U0BOB&gt;"),
    ],
)
def test_known_names_become_markup(typed: str, sent: str) -> None:
    assert escape_typed(typed, SIM.world) == sent


def test_control_characters_stay_when_slack_does_not_escape_them() -> None:
    assert escape_typed("a -> @bob.x", SIM.world, escape_text=False) == "a -> <@U0BOB>"


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab &<>;@#|/")))
def test_nothing_typed_is_lost(typed: str) -> None:
    """Without known names and addresses, undoing the escapes gives what was typed."""
    assert html.unescape(escape_typed(typed, SIM.world)) == typed


def plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text}


BLOCKS = [
    {"type": "header", "text": plain("Request 1")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "<@U0BOB> asks: a -&gt; b, see <https://x.io|docs>"}},
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*State*\npending"}]},
    {"type": "divider"},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "<!date^1^{time}|10:00>"}, plain("two")]},
    {
        "type": "actions",
        "elements": [{"type": "button", "text": plain("Approve")}, {"type": "button", "text": plain("Deny")}],
    },
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, {"type": "raw_text", "text": "b"}]]},
    {"type": "input", "label": plain("Why"), "element": {"type": "plain_text_input", "placeholder": plain("Say it")}},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "hi "}, {"type": "user", "user_id": "U0BOB"}],
            }
        ],
    },
]

SHOWN = """\
# Request 1
@bob asks: a -> b, see docs (https://x.io)
State: pending
---
10:00 · two
[Approve] [Deny]
a | b
Why: [Say it]
hi @bob"""


def test_a_message_reads_as_on_the_screen() -> None:
    message = SIM.world.post("C0OPS", "U0SLUICE", "api", {"text": "summary", "blocks": BLOCKS})
    assert render_text(message, {"U0BOB": "bob"}) == SHOWN


def test_a_message_without_blocks_is_its_text() -> None:
    message = SIM.world.post("C0OPS", "U0SLUICE", "api", {"text": "1 &lt; 2 <#C0OPS|ops>"})
    assert render_text(message) == "1 < 2 #ops"
