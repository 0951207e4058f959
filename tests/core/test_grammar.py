"""The command language: what people type, as Slack delivers it, becomes what they mean, or a kind correction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fields import IDENTITY_POLICY, WRITABLE, Type
from bot.core.grammar import Mistake, parse
from bot.core.grammar.text import TEXT_MAX_LENGTH
from bot.core.grammar.verbs import VERBS
from bot.core.intent import (
    CreateFlow,
    Decide,
    DeleteFlow,
    Edit,
    FlowName,
    GrantRole,
    Help,
    Intent,
    ListFlows,
    ListRequests,
    ListRoles,
    Operator,
    RevokeRole,
    ShowFlow,
    ShowRequest,
    UpdateFlow,
    UseService,
    Verdict,
    WhoAmI,
)

AB = FlowName(source="a", target="b")
EU_US = FlowName(source="kafka-eu", target="kafka-us")
EXACTLY_ONCE = "exactly_once_delivery_enabled"


def switched(field: str, value: bool, flow: FlowName = AB, **more: object) -> UpdateFlow:
    return UpdateFlow(flow=flow, edits=(Edit(field=field, operator=Operator.SET, value=value),), **more)


def set_(field: str, value: object) -> Edit:
    return Edit(field=field, operator=Operator.SET, value=value)


UNDERSTOOD: list[tuple[str, Intent]] = [
    ("", Help()),
    ("   ", Help()),
    ("help", Help()),
    ("help create", Help(topic="create")),
    ("HELP", Help()),
    ("list", ListFlows()),
    ("list mm2-eu", ListFlows(service="mm2-eu")),
    ("list acme/mm2-eu --page 3", ListFlows(project="acme", service="mm2-eu", page=3)),
    ("list --service mm2 --project=acme --public", ListFlows(project="acme", service="mm2", public=True)),
    ("show a -> b", ShowFlow(flow=AB)),
    ("get a -> b", ShowFlow(flow=AB)),
    ("a -> b", ShowFlow(flow=AB)),
    ("acme/mm2/a->b", ShowFlow(flow=FlowName(source="a", target="b", project="acme", service="mm2"))),
    ("mm2/a -> b", ShowFlow(flow=FlowName(source="a", target="b", service="mm2"))),
    ("create a -> b", CreateFlow(flow=AB)),
    (
        "create a -> b topics=orders.*,payments.* exactly-once=on",
        CreateFlow(flow=AB, edits=(set_("topics", ["orders.*", "payments.*"]), set_(EXACTLY_ONCE, True))),
    ),
    (
        "update a -> b exactly-once=off topics+=refunds.* topics-=tmp.*",
        UpdateFlow(flow=AB, edits=(
            set_(EXACTLY_ONCE, False),
            Edit(field="topics", operator=Operator.ADD, value=["refunds.*"]),
            Edit(field="topics", operator=Operator.REMOVE, value=["tmp.*"]),
        )),
    ),
    ("exactly-once on a -> b", switched(EXACTLY_ONCE, True)),
    ("exactly-once off a -> b", switched(EXACTLY_ONCE, False)),
    ("exactly-once a -> b on", switched(EXACTLY_ONCE, True)),
    ("eos enabled a -> b", switched(EXACTLY_ONCE, True)),
    ("exactly_once no a to b", switched(EXACTLY_ONCE, False)),
    ("pause a -> b", switched("enabled", False)),
    ("resume a -> b", switched("enabled", True)),
    ("delete a -> b --reason moved to the new cluster", DeleteFlow(flow=AB, reason="moved to the new cluster")),
    ("delete a -> b --dry-run", DeleteFlow(flow=AB, dry_run=True)),
    ("requests", ListRequests()),
    ("request 42", ShowRequest(number=42)),
    ("approve 42", Decide(number=42, verdict=Verdict.APPROVE)),
    ("approve #42", Decide(number=42, verdict=Verdict.APPROVE)),
    ("deny 42 it's = not --now, \"ok\"", Decide(number=42, verdict=Verdict.DENY, reason="it's = not --now, \"ok\"")),
    ("deny 42 --reason because of x=1", Decide(number=42, verdict=Verdict.DENY, reason="because of x=1")),
    ("deny 42", Decide(number=42, verdict=Verdict.DENY)),
    ("cancel 42 no longer needed", Decide(number=42, verdict=Verdict.CANCEL, reason="no longer needed")),
    ("role list", ListRoles()),
    ("role grant <@U012ABC> editor on acme/*", GrantRole(subject="U012ABC", role="editor", scope="acme/*")),
    (
        "role grant <@W012ABC|bob> Editor acme/mm2/a->b for 8h",
        GrantRole(subject="W012ABC", role="editor", scope="acme/mm2/a->b", lasting=28800),
    ),
    ("role grant everyone viewer on *", GrantRole(subject="everyone", role="viewer", scope="*")),
    ("role revoke <@U012ABC> editor on acme/*", RevokeRole(subject="U012ABC", role="editor", scope="acme/*")),
    ("use acme/mm2", UseService(project="acme", service="mm2")),
    ("use", UseService()),
    ("whoami", WhoAmI()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intent"), UNDERSTOOD, ids=[text or "nothing" for text, _ in UNDERSTOOD])
def test_a_command_means_what_it_says(text: str, intent: Intent) -> None:
    assert parse(text) == intent


@pytest.mark.parametrize("text", [
    "exactly-once on kafka-eu -> kafka-us",
    "exactly-once on kafka-eu->kafka-us",
    "exactly-once on kafka-eu -&gt; kafka-us",
    "exactly-once on kafka-eu-&gt;kafka-us",
    "exactly-once on kafka-eu → kafka-us",
    "exactly-once on kafka-eu→kafka-us",
    "exactly-once on kafka-eu > kafka-us",
    "exactly-once on kafka-eu>kafka-us",
    "exactly-once on kafka-eu => kafka-us",
    "exactly-once on kafka-eu —> kafka-us",
    "exactly-once on kafka-eu –&gt; kafka-us",
    "exactly-once on kafka-eu to kafka-us",
    "exactly-once on kafka-eu TO kafka-us",
    "exactly-once on --source-cluster kafka-eu --target-cluster kafka-us",
    "exactly-once on —source-cluster=kafka-eu —target-cluster=kafka-us",
    "exactly-once\u00a0on\u202fkafka-eu -> kafka\u2011us",
    "exactly-once on kafka-eu\u200b -> \u200bkafka-us",
    "  exactly-once \t on\nkafka-eu  ->  kafka-us ",
    "Exactly-Once ON kafka-eu -> kafka-us",
    'exactly-once on "kafka-eu" -> “kafka-us”',
    "update kafka-eu -> kafka-us exactly-once=true",
    "update kafka-eu -> kafka-us exactly-once = on",
    "update kafka-eu -> kafka-us exactly_once_delivery_enabled=yes",
    "update kafka-eu -> kafka-us Exactly-Once-Delivery-Enabled=enabled",
    "update exactly-once=1 kafka-eu -> kafka-us",
])  # fmt: skip
def test_every_way_to_write_it_means_the_same(text: str) -> None:
    assert parse(text) == switched(EXACTLY_ONCE, True, EU_US)


@pytest.mark.parametrize(("typed", "items"), [
    ("topics=orders.*", ["orders.*"]),
    (r"topics=orders\..*,payments\.settled", [r"orders\..*", r"payments\.settled"]),
    ('topics="orders.*, payments.*"', ["orders.*", "payments.*"]),
    ("topics='orders.*'", ["orders.*"]),
    ('topics=["a","b c"]', ["a", "b c"]),
    ("topics=[“a”, “b”]", ["a", "b"]),
    ("topics=orders[0-9]+", ["orders[0-9]+"]),
    ("topics=", []),
    ("topics=[]", []),
    ("topics=[ ]", []),
    ("topics=&lt;a&gt;&amp;b", ["<a>&b"]),
    ("topics=<http://orders.eu|orders.eu>", ["orders.eu"]),
    ("topics=<https://orders.eu>", ["https://orders.eu"]),
    ("topics=<mailto:a@b.c|a@b.c>", ["a@b.c"]),
    ("topic=a,,b,", ["a", "b"]),
])  # fmt: skip
def test_lists_are_read_by_comma_or_as_json_and_patterns_stay_as_typed(typed: str, items: list[str]) -> None:
    parsed = parse(f"update a -> b {typed}")
    assert isinstance(parsed, UpdateFlow)
    assert parsed.edits == (set_("topics", items),)


def test_an_enum_is_chosen_by_its_short_or_full_name() -> None:
    for word in ("identity", "Identity", "IdentityReplicationPolicy", IDENTITY_POLICY):
        parsed = parse(f"update a -> b policy={word}")
        assert isinstance(parsed, UpdateFlow)
        assert parsed.edits[0].value == IDENTITY_POLICY


@pytest.mark.parametrize("field", WRITABLE, ids=lambda field: field.name)
def test_every_field_can_be_set_by_its_wire_name_and_as_spoken(field: object) -> None:
    samples = {Type.BOOLEAN: "on", Type.INTEGER: "5", Type.LIST: "x", Type.COMMA: "x"}
    value = samples.get(field.type) or field.enum[0]  # type: ignore[attr-defined]
    spoken, wire = (parse(f"update a -> b {name}={value}") for name in (field.spoken, field.name))  # type: ignore[attr-defined]
    assert isinstance(spoken, UpdateFlow)
    assert spoken == wire


WRONG = [
    ("exctly-once on a -> b", "exctly-once", "exactly-once", "exactly-once on a -> b"),
    ("updat a -> b exactly-once=on", "updat", "update", "update a -> b exactly-once=on"),
    ("update a -> b exactlyonc=on", "exactlyonc", "exactly-once", "update a -> b exactly-once=on"),
    ("update a -> b exactly-once=onn", "exactly-once=onn", "exactly-once=on", "update a -> b exactly-once=on"),
    ("update a -> b policy=identiti", "policy=identiti", None, None),
    ("update a -> b heartbeats+=on", "heartbeats+=on", "heartbeats=on", "update a -> b heartbeats=on"),
    ("exactly-once onn a -> b", "onn", "on", None),
    ("list --pubic", "--pubic", "--public", "list --public"),
    ("role gant <@U012ABC> viewer on x/*", "gant", "grant", "role grant <@U012ABC> viewer on x/*"),
    ("role grant <@U012ABC> viewer on acme", "acme", "acme/*", "role grant <@U012ABC> viewer on acme/*"),
    ("role grant <@U012ABC> viewer on acme/mm2", "acme/mm2", "acme/mm2/*", None),
    ("update a -> b source_cluster=c", "source_cluster", None, None),
    ("update a -> b replication_progress=1", "replication_progress", None, None),
    ("update a -> b factor=0", "factor=0", None, None),
    ("update a -> b factor=x", "factor=x", None, None),
    ("update a -> b factor=99999999999", "factor=99999999999", None, None),
    ("update a -> b factor=", "factor=", None, None),
    ("update a -> b exactly-once=", "exactly-once=", None, None),
    ("update a -> b topics+=", "topics+=", None, None),
    ('update a -> b topics=["a",1]', 'topics=["a",1]', None, None),
    ('update a -> b topics=["a"x]', 'topics=["a"x]', None, None),
    (f"update a -> b config-exclude={'x' * 2049}", f"config-exclude={'x' * 2049}", None, None),
    ("update a -> b nonsense=1", "nonsense", None, None),
    ("show a", "", None, "show kafka-eu -> kafka-us"),
    ("show -> b", "", None, None),
    ("show a$ -> b", "a$", None, None),
    (f"show {'a' * 129} -> b", "a" * 129, None, None),
    ("show a/b/c/d -> e", "a/b/c/d", None, None),
    ("show --source-cluster a", "", None, None),
    ("show a -> b c", "c", None, None),
    ("show a -> b topics=x", "", None, None),
    ("show a -> b --reason why", "--reason", None, None),
    ("update a -> b", "", None, "update kafka-eu -> kafka-us topics+=refunds.* exactly-once=off"),
    ("update a -> b exactly-once=on exactly-once=off", "", None, None),
    ("exactly-once a -> b", "", None, "exactly-once on a -> b"),
    ("approve", "", None, "approve 42"),
    ("approve soon", "soon", None, None),
    ("request -1", "-1", None, None),
    ("list --service", "--service", None, None),
    ("list a/b/c", "a/b/c", None, None),
    ("role", "", None, None),
    ("role grant @bob viewer on x/*", "@bob", None, None),
    ("role grant <@U012ABC> viewer on x/* for ever", "ever", None, None),
    ("role grant <@U012ABC> viewer on x/* for 0h", "0h", None, None),
    ("role grant <@U012ABC> viewer on x//y", "x//y", None, None),
    ('show "a -> b', '"a -> b', None, 'show "a -> b"'),
]


@pytest.mark.parametrize(("text", "token", "closest", "line"), WRONG, ids=[text[:50] for text, *_ in WRONG])
def test_a_mistake_names_the_bad_token_the_closest_right_one_and_keeps_what_was_typed(
    text: str, token: str, closest: str | None, line: str | None
) -> None:
    made = parse(text)
    assert isinstance(made, Mistake), made
    assert made.token == token
    assert made.typed == text
    assert made.what
    if closest is not None:
        assert made.closest == closest
    if line is not None:
        assert made.line == line


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u2028"])
def test_control_characters_are_refused_by_name(char: str) -> None:
    made = parse(f"show a{char} -> b")
    assert isinstance(made, Mistake)
    assert f"U+{ord(char):04X}" in made.what


def test_a_text_of_a_hundred_kilobytes_is_refused_and_cut() -> None:
    made = parse("create a -> b topics=" + "x" * 100_000)
    assert isinstance(made, Mistake)
    assert "100,021 characters" in made.what
    assert len(made.typed) == TEXT_MAX_LENGTH


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_example_in_the_help_is_a_command(verb: object) -> None:
    example = verb.example.replace("@user", "<@U012ABC>")  # type: ignore[attr-defined]
    assert not isinstance(parse(example), Mistake)


@given(st.text(max_size=300))
def test_any_text_gets_an_intent_or_a_mistake(text: str) -> None:
    assert parse(text) is not None


WORDS = ["update", "create", "show", "role", "grant", "deny", "a", "b", "->", "to", "=", "on", "topics=x", "topics+=",
         '"', "'", "--reason", "--page", "42", "<@U012ABC>", "&gt;", "[", '["', "—x", "x/*", "for", "8h",
         "exactly-once=on"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_any_mix_of_our_words_gets_an_intent_or_a_mistake_that_can_be_typed_again(text: str) -> None:
    made = parse(text)
    if isinstance(made, Mistake):
        assert made.what
        assert parse(made.typed) == made
