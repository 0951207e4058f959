"""The policy document: taken whole or not at all, with the wrong key named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.policy import DEFAULT, Policy, PolicyError, parse_policy


def test_the_default_is_one_other_person_within_a_day() -> None:
    assert (DEFAULT.approval.quorum, DEFAULT.approval.time_to_live) == (1, timedelta(hours=24))


def test_a_document_is_read_and_survives_the_store() -> None:
    policy = parse_policy('[approval]\nquorum = 2\ntime_to_live = "8h"\n')
    assert (policy.approval.quorum, policy.approval.time_to_live) == (2, timedelta(hours=8))
    again = Policy.model_validate_json(policy.model_dump_json())
    assert again == policy
    assert again.digest == policy.digest
    assert policy.digest != DEFAULT.digest


@pytest.mark.parametrize(("text", "words"), [
    ("", "policy.toml: is empty"),
    ("# nothing\n", "policy.toml: is empty"),
    ("[approval", "policy.toml: "),
    ("[aproval]\nquorum=1", "aproval"),
    ("[approval]\nquorom=1", "approval.quorom"),
    ("[approval]\nquorum=0", "approval.quorum"),
    ('[approval]\nquorum="x"', "approval.quorum"),
    ('[approval]\ntime_to_live="soon"', "“soon” is no duration"),
])  # fmt: skip
def test_a_wrong_document_is_refused_with_its_key(text: str, words: str) -> None:
    with pytest.raises(PolicyError, match=words.replace("(", r"\(")):
        parse_policy(text, "policy.toml")
