"""Freezes: when a window holds, by whose clock, until when; and what a person means by a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.freeze import Freeze, Window, frost, moment
from bot.core.policy import Policy, PolicyError, parse_policy

PLACE = "acme-prod/mm2/a->b"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def window(**written: object) -> Window:
    return Window.model_validate({"name": "w", **written})


@pytest.mark.parametrize(("written", "now", "until"), [
    ({"from": "2026-12-20T00:00:00Z", "until": "2027-01-02T00:00:00Z"}, "2026-12-19T23:59:59Z", None),
    ({"from": "2026-12-20T00:00:00Z", "until": "2027-01-02T00:00:00Z"}, "2026-12-20T00:00:00Z", "2027-01-02T00:00:00Z"),
    ({"from": "2026-12-20T00:00:00Z", "until": "2027-01-02T00:00:00Z"}, "2027-01-02T00:00:00Z", None),
    ({"from": "2026-12-20T00:00", "until": "2026-12-21T00:00", "zone": "Europe/Berlin"}, "2026-12-19T23:30Z",
     "2026-12-20T23:00Z"),
    ({"daily": "22:00 - 06:00"}, "2026-11-23T21:59Z", None),
    ({"daily": "22:00 - 06:00"}, "2026-11-23T23:00Z", "2026-11-24T06:00Z"),
    ({"daily": "22:00 - 06:00"}, "2026-11-24T05:59Z", "2026-11-24T06:00Z"),
    ({"daily": "22:00 - 06:00"}, "2026-11-24T06:00Z", None),
    ({"daily": "09:00 - 17:00"}, "2026-11-24T12:00Z", "2026-11-24T17:00Z"),
    ({"daily": "22:00 - 06:00", "zone": "America/New_York"}, "2026-11-24T04:00Z", "2026-11-24T11:00Z"),
    ({"weekly": "fri 18:00 - mon 06:00"}, "2026-11-27T17:59Z", None),
    ({"weekly": "fri 18:00 - mon 06:00"}, "2026-11-28T12:00Z", "2026-11-30T06:00Z"),
    ({"weekly": "fri 18:00 - mon 06:00"}, "2026-11-30T05:59Z", "2026-11-30T06:00Z"),
    ({"weekly": "fri 18:00 - mon 06:00"}, "2026-11-30T06:00Z", None),
    ({"weekly": "Mon 09:00 - Mon 10:00"}, "2026-11-30T09:30Z", "2026-11-30T10:00Z"),
    ({"weekly": "mon 10:00 - mon 09:00"}, "2026-11-29T00:00Z", "2026-11-30T09:00Z"),
    ({"weekly": "sat 20:00 - sun 06:00", "zone": "Europe/Berlin"}, "2026-10-25T04:30Z", "2026-10-25T05:00Z"),
    ({"yearly": "12-20 - 01-02"}, "2026-12-19T12:00Z", None),
    ({"yearly": "12-20 - 01-02"}, "2026-12-20T00:00Z", "2027-01-03T00:00Z"),
    ({"yearly": "12-20 - 01-02"}, "2027-01-02T23:59Z", "2027-01-03T00:00Z"),
    ({"yearly": "12-20 - 01-02"}, "2027-01-03T00:00Z", None),
    ({"yearly": "11-23 - 11-23"}, "2026-11-23T12:00Z", "2026-11-24T00:00Z"),
], ids=str)  # fmt: skip
def test_a_window_holds_from_its_start_up_to_its_end_by_its_own_clock(
    written: dict[str, object], now: str, until: str | None
) -> None:
    found = frost([window(**written)], (), PLACE, at(now))
    assert (None if found is None else found.until) == (None if until is None else at(until))


@given(st.integers(0, 60 * 24 * 400), st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]))
def test_while_a_window_holds_it_ends_later_than_now_and_does_not_hold_at_its_end(minutes: int, zone: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for written in ({"daily": "22:00 - 06:00"}, {"weekly": "fri 18:00 - mon 06:00"}, {"yearly": "12-20 - 01-02"}):
        made = window(**written, zone=zone)
        found = frost([made], (), PLACE, now)
        if found is not None:
            assert now < found.until <= now + timedelta(days=15)
            assert frost([made], (), PLACE, found.until) is None


def test_only_the_scopes_that_are_named_are_frozen() -> None:
    named = window(daily="00:00 - 00:00", scopes=("acme-prod/*",))
    assert frost([named], (), PLACE, at("2026-11-23T12:00Z")) is not None
    assert frost([named], (), "acme-dev/mm2/a->b", at("2026-11-23T12:00Z")) is None


def test_of_several_freezes_the_one_that_lasts_longest_is_told() -> None:
    now = at("2026-11-23T12:00Z")
    declared = [
        Freeze(scope="acme-prod/*", until=now + timedelta(hours=hours), by="UANN", at=now, reason=f"{hours} hours")
        for hours in (1, 3, 2)
    ]
    found = frost([], declared, PLACE, now)
    assert found is not None
    assert found.what == "a freeze of acme-prod/* by <@UANN>: 3 hours"
    assert frost([], declared, PLACE, now + timedelta(hours=3)) is None


@pytest.mark.parametrize(("written", "words"), [
    ('daily = "22 - 6"', "policy.toml:1: freezes.1 “22 - 6” is no daily window; write 22:00 - 06:00"),
    ('daily = "25:00 - 06:00"', "“25:00” is no time of day"),
    ('weekly = "fry 18:00 - mon 06:00"', "is no weekly window"),
    ('yearly = "13-20 - 01-02"', "policy.toml:1: freezes.1 "),
    ('yearly = "x"', "is no yearly window"),
    ('daily = "22:00 - 06:00"\nzone = "Mars/Base"', "policy.toml:4: freezes.1.zone “Mars/Base” is no time zone"),
    ("", "needs one of: from and until, daily, weekly, yearly"),
    ('daily = "22:00 - 06:00"\nyearly = "12-20 - 01-02"', "needs one of"),
    ("from = 2026-12-20\nuntil = 2026-12-19", "ends before it begins"),
])  # fmt: skip
def test_a_window_that_cannot_be_read_is_refused_with_its_line(written: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(f'[[freezes]]\nname = "w"\n{written}\n', "policy.toml")
    assert words in str(caught.value)


NOW = at("2026-11-23T12:00Z")


@pytest.mark.parametrize(("text", "zone", "meant"), [
    ("18:00", "UTC", "2026-11-23T18:00Z"),
    ("9:30", "UTC", "2026-11-24T09:30Z"),
    ("12:00", "UTC", "2026-11-24T12:00Z"),
    ("18:00", "Europe/Berlin", "2026-11-23T17:00Z"),
    ("18:00Z", "Europe/Berlin", "2026-11-23T18:00Z"),
    ("18:00+02:00", "UTC", "2026-11-23T16:00Z"),
    ("2026-12-24T18:00Z", "UTC", "2026-12-24T18:00Z"),
    ("2026-12-24T18:00", "Europe/Berlin", "2026-12-24T17:00Z"),
    ("2026-12-24", "UTC", "2026-12-24T00:00Z"),
    ("soon", "UTC", None), ("25:00", "UTC", None), ("2026-13-01", "UTC", None), ("", "UTC", None),
])  # fmt: skip
def test_a_time_means_the_next_such_moment_by_the_person_s_clock(text: str, zone: str, meant: str | None) -> None:
    assert moment(text, NOW, zone) == (None if meant is None else at(meant))


def test_a_policy_with_windows_survives_the_store() -> None:
    policy = parse_policy('[[freezes]]\nname = "w"\nfrom = 2026-12-20T00:00:00Z\nuntil = 2026-12-21T00:00:00Z\n')
    again = Policy.model_validate_json(policy.model_dump_json())
    assert again == policy
    assert again.digest == policy.digest
