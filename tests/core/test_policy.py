"""The policy document: taken whole or not at all, with the wrong key named."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.core.policy import DEFAULT, Policy, PolicyError, parse_policy


def test_the_default_is_one_other_person_within_a_day() -> None:
    assert (DEFAULT.approval.quorum.any_of, DEFAULT.approval.time_to_live) == (1, timedelta(hours=24))


def test_a_document_is_read_and_survives_the_store() -> None:
    policy = parse_policy('[approval]\nquorum = 2\ntime_to_live = "8h"\n')
    assert (policy.approval.quorum.any_of, policy.approval.time_to_live) == (2, timedelta(hours=8))
    again = Policy.model_validate_json(policy.model_dump_json())
    assert again == policy
    assert again.digest == policy.digest
    assert policy.digest != DEFAULT.digest


@pytest.mark.parametrize(("text", "words"), [
    ("", "policy.toml: is empty"),
    ("# nothing\n", "policy.toml: is empty"),
    ("[approval", "policy.toml"),
    ("\n[approval]\nquorum = = 1", "policy.toml:3: "),
    ("[aproval]\nquorum=1", "policy.toml:1: aproval is no key here; did you mean approval?"),
    ("# x\n[approval]\n\nquorom=1", "policy.toml:4: approval.quorom is no key here; did you mean quorum?"),
    ("[approval]\nquorum=-1", "policy.toml:2: approval.quorum.any_of input should be greater than or equal to 0"),
    ('[approval]\nquorum="x"', "policy.toml:2: approval.quorum "),
    ('[approval]\ntime_to_live="soon"', "policy.toml:2: approval.time_to_live “soon” is no duration"),
    ('[approval]\nreason_pattern="("', "policy.toml:2: approval.reason_pattern is no regular expression"),
    ('[[rules]]\nname="a"\n[[rules]]\nname="b"\nscopes="x"', "policy.toml:5: rules.2.scopes must be a list, as in ["),
    ('[[rules]]\nname="a"\nscopes=["a b"]', "policy.toml:3: rules.1.scopes.1 “a b” is no scope"),
    ('[[rules]]\nname="a"\nrights=["flow.read"]', "policy.toml:3: rules.1.rights rules are about changes of flows"),
    ('[[rules]]\nname="a"\nrights=["flow.delte"]', "policy.toml:3: rules.1.rights.1 "),
    ('[[rules]]\nname="a"\n[[rules]]\nname="a"', "policy.toml: the name “a” stands twice"),
    ('[[rules]]\nname="a"\n\n[rules.quorum]\nall_of=["sre"]', "policy.toml:5: rules.1.quorum.all_of “sre” is"),
    ('[[deny]]\nname="a"\nwho=["sre"]', "policy.toml:3: deny.1.who “sre” is no Slack id"),
    ("[roles.admin]\nrequest=[]", "policy.toml:1: roles.admin is a built-in role"),
    ('[groups]\neveryone=["U1"]', "policy.toml:2: groups.everyone means everybody already"),
    ('[groups]\nSRE=["U1"]', "policy.toml:2: groups.SRE"),
    ("[groups]\nsre=[]", "policy.toml:2: groups.sre has no members, so nobody could stand for it"),
    ('[groups]\na=["b"]\nb=["a"]', "policy.toml:2: groups.a has no members"),
    ('[approval]\nquorum={any_of=2, among=["U1"]}', "policy.toml:2: approval.quorum.among it takes 2 people"),
    ("[approval]\nreason_pattern=1", "policy.toml:2: approval.reason_pattern input should be a valid string"),
    ('[[rules]]\nname="a"\nscopes=[1]', "policy.toml:3: rules.1.scopes.1 input should be a valid string"),
    ('[drift]\nservices=["a/b"]', "policy.toml:1: drift needs a channel: what is found has to be told somewhere"),
    ('[drift]\nchannel="C1"\nservices=["ab"]', "policy.toml:3: drift.services.1 “ab” is no service"),
    ('[drift]\nchannel="C1"\nservices=["a/../b"]', "policy.toml:3: drift.services.1 “a/../b” is no service"),
    ('[drift]\nchannel="C1"\nservices="a/b"', "policy.toml:3: drift.services must be a list, as in ["),
    ('[drift]\nchannel="C1"\nservices=["a/b", "a/b"]', "policy.toml:3: drift.services a/b stands twice"),
    ('[drift]\nchannel="C1"\nevery="1m"', "policy.toml:3: drift.every input should be greater than or equal to"),
    ('[drift]\nservice=["a/b"]', "policy.toml:2: drift.service is no key here; did you mean services?"),
    ('[groups]\na=["U1"]\nb=["U1"]\n[approval.quorum]\nall_of=["a", "b"]', "policy.toml:5: approval.quorum.all_of it"),
])  # fmt: skip
def test_a_wrong_document_is_refused_with_its_key(text: str, words: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(words)):
        parse_policy(text, "policy.toml")
