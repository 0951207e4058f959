"""What a status and a body mean, without any I/O."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aiven import replies
from bot.aiven.errors import (
    AivenError,
    BadTokenError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
    UnknownOutcomeError,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

MEANINGS: list[tuple[int, str, bool, type[AivenError]]] = [
    (401, "", False, BadTokenError),
    (403, "Invalid token", False, BadTokenError),
    (403, "Not a project member", True, ForbiddenError),
    (404, "Service not found", True, NotFoundError),
    (409, "already exists", True, ConflictError),
    (429, "", True, RateLimitedError),
    (400, "Invalid topics", True, InvalidError),
    (422, "", True, InvalidError),
    (418, "", False, InvalidError),
    (408, "", False, UnavailableError),
    (500, "", False, UnavailableError),
    (503, "", False, UnavailableError),
    (599, "", False, UnavailableError),
    (408, "", True, UnknownOutcomeError),
    (500, "", True, UnknownOutcomeError),
    (501, "", True, UnknownOutcomeError),
    (504, "", True, UnknownOutcomeError),
]


@pytest.mark.parametrize(("status", "words", "writing", "kind"), MEANINGS)
def test_each_status_has_its_meaning(status: int, words: str, writing: bool, kind: type[AivenError]) -> None:
    error = replies.error_for(status, words, wait=None, what="read the flow", writing=writing)
    assert type(error) is kind
    assert error.status == status
    assert words in str(error) or kind is RateLimitedError


def test_a_rate_limit_carries_its_wait() -> None:
    error = replies.error_for(429, "slow down", wait=28.0, what="read the flow", writing=True)
    assert isinstance(error, RateLimitedError)
    assert error.wait == 28.0
    assert "28 s" in str(error)


WAITS: list[tuple[dict[str, str], str, float | None]] = [
    ({}, "", None),
    ({"retry-after": "7"}, "", 7.0),
    ({"retry-after": "1.5"}, "try again in 9s", 1.5),
    ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}, "", 30.0),
    ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, "", 0.0),
    ({"retry-after": "soon"}, "Rate limit 120 exceeded - try again in 28s", 28.0),
    ({}, "Rate limit 120 exceeded - try again in 28s", 28.0),
    ({"retry-after": "999999999"}, "", 3600.0),
    ({}, "try again in 99999s", 3600.0),
    ({"retry-after": "-4"}, "", None),
]


@pytest.mark.parametrize(("headers", "words", "wait"), WAITS)
def test_the_wait_stands_in_the_header_or_in_the_words(headers: dict[str, str], words: str, wait: float | None) -> None:
    assert replies.wait_in(headers, words, NOW) == wait


BODIES: list[tuple[bytes, str]] = [
    (b'{"message": "Bad", "errors": [{"message": "worse"}]}', "Bad"),
    (b'{"errors": [{"message": "Service not found", "status": 404}]}', "Service not found"),
    (b'{"errors": ["plain"]}', "plain"),
    (b'{"errors": "a text"}', "a text"),
    (b'{"error": "only this"}', "only this"),
    (b'{"errors": [{"message": 7}, {"message": "second"}]}', "second"),
    (b'{"message": ""}', ""),
    (b"[1, 2]", ""),
    (b'"text"', ""),
    (b"null", ""),
    (b"", ""),
    (b"<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"),
    (b"<h1>503 Service\xff</h1>", "503 Service\ufffd"),
    (b"\x00\x01", ""),
]


@pytest.mark.parametrize(("body", "words"), BODIES)
def test_the_words_of_an_error_are_found_in_every_shape(body: bytes, words: str) -> None:
    assert replies.words_in(body) == words


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ({}, None),
        ({"errors": []}, None),
        ([], None),
        ({"errors": [{"message": "half done"}], "message": "created"}, "created"),
        ({"errors": [{"status": 500}]}, "it answered with an error and no words"),
        ({"error": "no"}, "no"),
    ],
)
def test_a_good_status_with_errors_is_a_failure(reply: object, failure: str | None) -> None:
    assert replies.failure_in(reply) == failure


SECRETS = [
    "authorization aivenv1 SECRETSECRET",
    "Bearer SECRETSECRET",
    "postgres://avnadmin:SECRETSECRET@host:1",
    '{"password": "SECRETSECRET"}',
    "token=SECRETSECRET",
    "api_key: SECRETSECRET",
    "AVNS_SECRETSECRET",
    'sasl.jaas.config=x required username="u" password="a b SECRETSECRET c";',
    '{\\"password\\": \\"a SECRETSECRET\\", \\"n\\": 1}',
    "secret='a SECRETSECRET",
    "ssl.key = -----BEGIN PRIVATE KEY-----\nMIISECRETSECRET\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nSECRETSECRET",
    "jwt eyJhbGciOi.eyJTECRETSECRETSECRET.SECRETSECRET refused",
]


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    assert "SECRETSECRET" not in replies.scrub(text)


@given(st.text(), st.text(), st.text(alphabet="abcXYZ09_-", min_size=8))
def test_the_token_is_taken_out_wherever_it_stands(before: str, after: str, token: str) -> None:
    assert token not in replies.scrub(before + token + after, token)


@given(st.text(max_size=2000))
def test_what_is_shown_is_one_short_printable_line(text: str) -> None:
    shown = replies.scrub(text)
    assert len(shown) <= 300
    assert shown.isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.sampled_from(["message", "errors", "error", "x"]), inside),
)


@given(JSON, st.integers(300, 599), st.booleans())
def test_no_reply_is_too_odd_to_be_understood(reply: object, status: int, writing: bool) -> None:
    words = replies.scrub(replies.words_in(json.dumps(reply).encode()))
    assert str(replies.error_for(status, words, wait=None, what="read it", writing=writing))


@given(st.binary(max_size=200), st.text(max_size=60))
def test_no_bytes_and_no_header_break_it(body: bytes, header: str) -> None:
    replies.words_in(body)
    replies.wait_in({"retry-after": header}, "", NOW)
