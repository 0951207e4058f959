"""What reaches the log of a library's error: its kind, and nothing that lets anybody in."""

from __future__ import annotations

import logging

from bot.cli import without_trace


def test_an_error_of_a_library_leaves_its_kind_and_no_address_that_lets_in() -> None:
    """The words are slack_sdk's, with those of aiohttp, when a websocket does not open."""
    error = ValueError("/flow pause a -> b")
    told = "Failed to connect (error: 503, url='wss://wss.slack.com/link/?ticket=abc&app_id=A1'); Retrying"
    record = logging.makeLogRecord({"msg": told, "exc_info": (ValueError, error, None)})
    assert without_trace(record)
    assert logging.Formatter().format(record) == (
        "Failed to connect (error: 503, url='wss://wss.slack.com/link/?…'); Retrying: ValueError"
    )
