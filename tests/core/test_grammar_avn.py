"""A pasted avn line means what it means to avn itself, which is asked here; what only a terminal has is refused."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest
from aiven.client.cli import AivenCLI
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.grammar import Mistake, parse, shell
from bot.core.grammar.mistake import WrongError
from bot.core.grammar.redact import redacted
from bot.core.intent import CreateFlow, DeleteFlow, Edit, FlowName, Intent, ListFlows, Operator, ShowFlow, UpdateFlow

FLOW = FlowName(source="a", target="b", service="mm2")
IN_ACME = FLOW.model_copy(update={"project": "acme"})
WORDS = "mirrormaker replication-flow"
LINE = f"avn {WORDS}"
UPDATE = f"{LINE} update mm2 -s a -t b"


OFF = '{"enabled": false}'
ON = """'{"enabled": true}'"""


def update(config: str) -> str:
    return f"{UPDATE} '{config}'"


def sets(**values: object) -> tuple[Edit, ...]:
    return tuple(Edit(field=name, operator=Operator.SET, value=value) for name, value in values.items())  # type: ignore[arg-type]


OFF_MEANT = UpdateFlow(flow=FLOW, edits=sets(enabled=False))

UNDERSTOOD: list[tuple[str, Intent]] = [
    (f"{LINE} list mm2", ListFlows(service="mm2")),
    (f"{LINE} list --project acme mm2", ListFlows(service="mm2", project="acme")),
    (f"{LINE} list mm2 --page 2 --public", ListFlows(service="mm2", page=2, public=True)),
    (f"{LINE} get mm2 -s a -t b", ShowFlow(flow=FLOW)),
    (f"{LINE} get --source-cluster=a --target-cluster b --project=acme mm2", ShowFlow(flow=IN_ACME)),
    (f"{LINE} get -sa -t=b --proj acme mm2", ShowFlow(flow=IN_ACME)),
    (f"{LINE} get mm2 \\\n   --sour a \\\n   --targ b", ShowFlow(flow=FLOW)),
    (f"{LINE} get -s x -s a -t b mm2", ShowFlow(flow=FLOW)),
    (f"{LINE} get —source-cluster a —target-cluster b mm2", ShowFlow(flow=FLOW)),
    (f"avn --show-http --request-timeout 5 {WORDS} delete mm2 -s a -t b", DeleteFlow(flow=FLOW)),
    (f"avn --req=5 --max-age 60 {WORDS} list mm2", ListFlows(service="mm2")),
    (f"/flow {LINE} list mm2", ListFlows(service="mm2")),
    (f"Avn {LINE} list mm2", ListFlows(service="mm2")),
    (update(OFF), OFF_MEANT),
    (f"{UPDATE} ‘{{“enabled”: false}}’", OFF_MEANT),
    (f"{UPDATE} " + r'"{\"enabled\": false}"', OFF_MEANT),
    (f"{UPDATE} " + r'{\"enabled\":false}', OFF_MEANT),
    (update('{\n  "enabled": false\n}'), OFF_MEANT),
    (f"{UPDATE} --replication_flow_config '{OFF}'", OFF_MEANT),
    (f"{UPDATE} --replication-flow-config='{OFF}'", OFF_MEANT),
    (f"{update(OFF)} --reason it is time --dry-run",
     OFF_MEANT.model_copy(update={"reason": "it is time", "dry_run": True})),
    (f"{LINE} update --service mm2 -s a -t b '{OFF}'", OFF_MEANT),
    (update(r"""{"topics": ["a b", "o\\..*", "it'"'"'s"], "replication_factor": 3}"""),
     UpdateFlow(flow=FLOW, edits=sets(topics=["a b", r"o\..*", "it's"], replication_factor=3))),
    (update('{"topics": [], "config_properties_exclude": ""}'),
     UpdateFlow(flow=FLOW, edits=sets(topics=[], config_properties_exclude=""))),
    (update('{"topics": ["<http://orders.eu|orders.eu>", "a&amp;b", "&lt;x&gt;"]}'),
     UpdateFlow(flow=FLOW, edits=sets(topics=["orders.eu", "a&b", "<x>"]))),
    (f"""{LINE} create mm2 -s a -t b '{{"enabled": true, "source_cluster": "x", "target_cluster": 7}}'""",
     CreateFlow(flow=FLOW, edits=sets(enabled=True))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intent"), UNDERSTOOD, ids=[text for text, _ in UNDERSTOOD])
def test_a_line_means_what_it_says(text: str, intent: Intent) -> None:
    assert parse(text) == intent


SUPPORTED = "list, get, create, update or delete"

WRONG = [
    ("avn", SUPPORTED, None),
    ("avn service list --json", SUPPORTED, None),
    ("avn mirrormaker", SUPPORTED, None),
    (f"{LINE} remove mm2 -s a -t b", SUPPORTED, None),
    (f"{LINE} updat mm2 -s a -t b '{OFF}'", SUPPORTED, update(OFF)),
    (f"{LINE} list", "SERVICE", f"{LINE} list mm2-eu"),
    (f"{LINE} update -s a -t b '{OFF}'", "SERVICE", None),
    (f"{LINE} get mm2 -s a", "-t/--target-cluster is missing", None),
    (f"{LINE} get mm2 -t b", "-s/--source-cluster is missing", None),
    (f"{LINE} get mm2 -s -t b", "--source-cluster needs a value", None),
    (f"{LINE} get mm2 -s a -t b c", "“c”", None),
    (f"{LINE} get mm2 -s a -t b --jsn", "--jsn", None),
    (f"{LINE} get mm2 -s a -t b -x", "-x", None),
    (f"{LINE} list mm2 -s a", "--source-cluster does not belong", None),
    (f"{LINE} list mm2 | jq .", "“|”", None),
    (f"{LINE} list $SERVICE", "$SERVICE", None),
    (f"{LINE} list a/b", "a/b", None),
    (f"{LINE} list 'mm2", "has no end", None),
    (f"{LINE} list mm2\\", "backslash", None),
    (f"avn --url http://x {WORDS} list mm2", "--url leads to another Aiven", f"{LINE} list mm2"),
    (f"avn --config=x {WORDS} list mm2", "--config names a file", f"{LINE} list mm2"),
    (f"{LINE} list mm2 --help", "/flow help avn", f"{LINE} list mm2"),
    (UPDATE, "CONFIG is missing", None),
    (f"{UPDATE} @patch.json", "@patch.json is a file on your machine", None),
    (update("{}"), "nothing would change", None),
    (update("[1]"), "an object", None),
    (update('{"a": }'), "no JSON: Expecting value at character 7", None),
    (update("[" * 3000), "nested too deeply", None),
    (update(f'{{"offset_lag_max": {"1" * 5000}}}'), "too long", None),
    (f"{UPDATE} {OFF}", "no JSON", update(OFF)),
    (f'{UPDATE} "{OFF}"', "no JSON", update(OFF)),
    (update('{"enable": true}'), "Did you mean enabled?", ON),
    (update('{"exactly-once": true}'), "Did you mean exactly_once_delivery_enabled?",
     """'{"exactly_once_delivery_enabled": true}'"""),
    (update('{"zzz": true}'), "The fields are enabled, exactly_once_delivery_enabled, topics, topics.blacklist,", None),
    (update('{"source_cluster": "c", "enabled": true}'), "source_cluster is part of the flow's address", ON),
    (update('{"replication_progress": 1, "enabled": true}'), "replication_progress can only be read", ON),
    (update('{"topics_exclude": ["x"]}'), "as topics.blacklist only", """'{"topics.blacklist": ["x"]}'"""),
    (update('{"enabled": "on"}'), 'enabled is true or false, without quotes: "on"', ON),
    (update('{"enabled": null}'), "enabled is true or false", None),
    (update('{"topics": "x"}'), 'topics must be a list of texts: "x"', None),
    (update('{"topics": null}'), "topics must be a list of texts: null", None),
    (update('{"replication_factor": 3.0}'), "replication_factor must be a whole number: 3.0", None),
    (update('{"replication_factor": true}'), "replication_factor must be a whole number: true", None),
    (update('{"replication_policy_class": "identity"}'), "replication_policy_class must be one of", None),
    (update(r'{"topics": ["a\u200bb"]}'), "does not show", None),
    (f"""{LINE} create mm2 -s a -t b '{{"topics": ["x"]}}'""", "Aiven wants to be told enabled",
     """'{"enabled": true, "topics": ["x"]}'"""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "line"), WRONG, ids=[text[:90] for text, *_ in WRONG])
def test_a_mistake_says_what_is_wrong_and_how_it_is_right(text: str, said: str, line: str | None) -> None:
    made = parse(text)
    assert isinstance(made, Mistake), made
    assert said in made.what
    assert parse(made.typed) == made
    if line is not None:
        assert (made.line or "").endswith(line)
    if made.line is not None and made.closest is None:
        assert not isinstance(parse(made.line), Mistake), made.line


SECRET = "c3rn0b0g"


@pytest.mark.parametrize("text", [
    f"avn --auth-token {SECRET} {WORDS} list mm2",
    f"avn --auth-token={SECRET} {WORDS} list mm2",
    f"avn --auth-token \\\n  {SECRET} {WORDS} list mm2",
    f"avn --auth-t '{SECRET}' {WORDS} list mm2",
    f"avn —auth-token “{SECRET}” {WORDS} list mm2",
    f"avn '--auth-token' \"{SECRET}\" {WORDS} list mm2",
    f"{LINE} list mm2 --AUTH-TOKEN {SECRET}",
    f"{LINE} list mm2 --token={SECRET}",
    f"AIVEN_AUTH_TOKEN={SECRET} {LINE} list mm2",
    f"list --auth_token {SECRET}",
    f"curl -H 'authorization: aivenv1 {SECRET}' https://api.aiven.io",
    f'avn --auth-token "{SECRET}',
])  # fmt: skip
def test_a_token_is_neither_taken_nor_repeated(text: str) -> None:
    made = parse(text)
    assert isinstance(made, Mistake)
    assert SECRET not in made.model_dump_json()
    assert SECRET not in redacted(text)
    assert parse(made.typed) == made


def test_a_token_is_refused_with_what_to_do_next() -> None:
    made = parse(f"avn --auth-token {SECRET} {WORDS} list mm2")
    assert isinstance(made, Mistake)
    assert made.what.startswith("--auth-token is not needed")
    assert "revoked" in made.what
    assert made.line == f"{LINE} list mm2"


@pytest.mark.parametrize("text", ["list", "update a -> b topics=author.*,token.*", f"{LINE} list mm2"])
def test_what_holds_no_token_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


CLI = AivenCLI()
CLI.extend_commands(CLI)

NAMES = st.sampled_from(["mm2", "kafka-eu", "a.b", "x_1"])
CONFIGS = st.sampled_from(['{"enabled": false}', '{"enabled":true,"topics":["a b","o\\\\..*"]}', '{"topics": []}'])
GLOBALS = st.lists(
    st.sampled_from(["--show-http", "--request-timeout=5", "--request-timeout 5", "--req 5", "--s"]), max_size=2
)


FORMS = (
    ("-s {}", "-s{}", "-s={}", "--source-cluster {}", "--source-cluster={}", "--s {}"),
    ("-t {}", "-t{}", "--target-cluster={}", "--tar={}"),
    ("--project {}", "--p={}"),
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line that avn takes: its parts in any order, each in any of its forms, often quoted."""
    action = draw(st.sampled_from(["get", "create", "update", "delete"]))
    options = [draw(st.sampled_from(forms)).format(draw(NAMES)) for forms in FORMS]
    parts = draw(st.permutations([*options, "SERVICE"]))
    if action in ("create", "update"):
        after = draw(st.integers(parts.index("SERVICE") + 1, len(parts)))
        parts.insert(after, shlex.quote(draw(CONFIGS)))
    line = " ".join(parts).replace("SERVICE", draw(NAMES))
    return " ".join(["avn", *draw(GLOBALS), "mirrormaker replication-flow", action, line])


@given(lines())
def test_a_line_means_to_the_bot_what_it_means_to_avn(line: str) -> None:
    theirs = CLI.parser.parse_args(shlex.split(line)[1:])
    ours = parse(line)
    config = json.loads(getattr(theirs, "replication_flow_config", "{}"))
    if isinstance(ours, Mistake):
        assert "enabled" not in config
        assert theirs.func.__name__.endswith("create")
        return
    assert isinstance(ours, ShowFlow | CreateFlow | UpdateFlow | DeleteFlow)
    wanted = FlowName(source=theirs.source_cluster, target=theirs.target_cluster, service=theirs.service_name,
                      project=theirs.project)  # fmt: skip
    assert ours.flow == wanted
    assert {edit.field: edit.value for edit in getattr(ours, "edits", ())} == config


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",))), min_size=1))
def test_words_come_out_as_they_were_quoted(words: list[str]) -> None:
    assert [token.text for token in shell.split(shlex.join(words))] == words


@settings(deadline=None)  # a shell takes its time
@given(st.lists(st.text("ab$\"'\\`x1{( ", max_size=12), max_size=6).map(" ".join))
def test_words_are_those_of_a_shell(text: str) -> None:
    try:
        ours = [token.text for token in shell.split(text)]
    except WrongError:
        return
    theirs = subprocess.run(["sh", "-fc", f"printf '%s\\0' x {text}"], capture_output=True, check=False)
    # A shell knows more than words, such as `(`.
    if theirs.returncode == 0:
        assert theirs.stdout.decode().split("\0") == ["x", *ours, ""]


@given(st.text(max_size=80), st.integers(0, 90))
def test_any_line_gets_an_intent_or_a_mistake_that_can_be_typed_again(noise: str, at: int) -> None:
    line = f"{update(OFF)} --reason x"
    made = parse(line[:at] + noise + line[at:])
    if isinstance(made, Mistake):
        assert made.what
        assert parse(made.typed) == made
