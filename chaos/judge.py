"""What must be true when all is over, seen from outside: in Slack's and Aiven's logs, and in the store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.cards.words import state
from bot.core.audit import Note
from bot.core.intent import Verdict
from bot.core.request import Request, State
from bot.sandbox.aiven.calls import Call
from bot.sandbox.slack.model import Message
from bot.store import audit, keys, requests
from bot.store.redis import Store
from bot.store.requests import Card
from chaos.crowd import Crowd, has_buttons

_HEARD: Final = re.compile(r"<@(\w+)> Request (\d+):")

_WITHOUT_EFFECT: Final = frozenset({State.DENIED, State.CANCELLED, State.EXPIRED, State.STALE, State.FAILED})


@dataclass(frozen=True)
class Findings:
    """`violations`: each in a line. `states`: how the requests ended. `seconds`: from the last approval to the end.

    `recoveries`: of those during which a replica was killed, from the last kill to the end. `reasons`: what was said of
    those that are unknown or failed. `watches`: how those that were watched stand.
    """

    violations: tuple[str, ...]
    states: Counter[str]
    seconds: tuple[float, ...]
    recoveries: tuple[float, ...]
    entries: int
    reasons: Counter[str]
    watches: Counter[str]


async def judge(store: Store, crowd: Crowd, kills: Sequence[datetime]) -> Findings:
    """Compares what was accepted with what happened."""
    verdict = await audit.check(store)
    notes = [entry.note async for entry in audit.entries(store)]
    newest = int(await store.redis.get(store.keys("number")) or 0)
    found = [each for number in range(1, newest + 1) if (each := await requests.load(store, number))]
    broken = [f"the audit log is wrong at {verdict.wrong}"] if verdict.wrong else []
    broken += [f"nothing is said of the writes of {each}" for each in verdict.dangling]
    broken += [f"{crowd.forged_taken} forged deliveries were taken"] if crowd.forged_taken else []
    broken += _lost(crowd, found)
    broken += _effects(found, [call for call in crowd.aiven.writes() if call.applied])
    broken += [line for each in found for line in _approved(each, notes)]
    broken += await _told(store, crowd, found)
    reasons = Counter(each.outcome[:200] for each in found if each.state in {State.UNKNOWN, State.FAILED})
    states = Counter(str(each.state) for each in found)
    spans = [*_spans(found)]
    seconds = tuple((end - begin).total_seconds() for begin, end in spans)
    recoveries = tuple(
        (end - max(during)).total_seconds()
        for begin, end in spans
        if (during := [kill for kill in kills if begin <= kill <= end])
    )
    watches = Counter(str(each.watch.state) for each in found if each.watch)
    return Findings(tuple(broken), states, seconds, recoveries, verdict.head.seq, reasons, watches)


def _lost(crowd: Crowd, found: list[Request]) -> Iterator[str]:
    """What was taken became one request, or its author was told that it could not."""
    marks = Counter(each.reason for each in found)
    yield from (f"{mark} became {count} requests" for mark, count in marks.items() if count > 1)
    without = [mark for mark in crowd.taken if mark not in marks]
    for user in {crowd.asked[mark] for mark in without}:
        mine = [mark for mark in without if crowd.asked[mark] == user]
        refusals = [each.text for each in crowd.slack.ephemeral_to(user) if _refuses(each.text)]
        if len(refusals) < len(mine):
            yield f"lost: {', '.join(mine)} of {user}, who was told of {len(refusals)}: {refusals}"


def _refuses(text: str) -> bool:
    """Whether it says that a change was not even asked for; decisions that do not count are another thing."""
    return text.startswith(("⚠️", "⛔", "🤔")) and "was not changed" not in text


def _effects(found: list[Request], effects: list[Call]) -> Iterator[str]:
    """A change took effect once if it says so, and not at all if it says so."""
    marks = Counter(_mark(call) for call in effects)
    for request in found:
        times = marks.pop(request.reason, 0)
        if times > 1:
            yield f"request {request.number} took effect {times} times"
        if request.state is State.APPLIED and times != 1:
            yield f"request {request.number} is applied, and took effect {times} times"
        if request.state in _WITHOUT_EFFECT and times:
            yield f"request {request.number} is {request.state}, and took effect"
        if request.is_open:
            yield f"request {request.number} is still {request.state}: {request.note}"
    yield from (f"{mark} took effect without a request" for mark in marks)


def _mark(call: Call) -> str:
    body = call.json
    topics = body.get("topics") if isinstance(body, dict) else None
    return str(topics[-1]) if isinstance(topics, list) and topics else call.text


def _approved(request: Request, notes: list[Note]) -> Iterator[str]:
    """Before what was sent stands that somebody else approved it."""
    mine = [note for note in notes if note.subject == f"request/{request.number}"]
    tags = [note.tag.partition(":")[2] for note in mine]
    if "request:send" not in tags:
        return
    before = mine[: tags.index("request:send")]
    if not any(note.tag.endswith(":approve") and note.by != request.by for note in before):
        yield f"request {request.number} was sent without an approval"


async def _told(store: Store, crowd: Crowd, found: list[Request]) -> list[str]:
    """Each card shows how it ended and has no buttons, and the requester has heard of it; no watch is forgotten."""
    messages = {(each.channel, each.ts): each for each in crowd.slack.messages}
    heard = {word for each in messages.values() if each.thread_ts for word in _HEARD.findall(each.text)}
    lines = []
    for request in found:
        card = await requests.load_card(store, request.number)
        shown = messages.get((card.channel, str(card.ts))) if card else None
        if card is None or shown is None or not _shows(card, shown, request) or has_buttons(shown):
            lines.append(f"the card of request {request.number} does not show how it stands")
        if request.watch and await _is_forgotten(store, request.number):
            lines.append(f"nobody watches request {request.number} any more")
        if (request.by, str(request.number)) not in heard:
            lines.append(f"the author of request {request.number} was not told")
    return lines


def _shows(card: Card, shown: Message, request: Request) -> bool:
    """Whether a card shows how it stands. While a change is watched the card is painted again at any time."""
    return card.shown == request.version or (request.watch is not None and state(request.state) in shown.text)


async def _is_forgotten(store: Store, number: int) -> bool:
    """Whether nobody will look any more at a change that is watched."""
    if await store.redis.zscore(store.keys("due"), keys.watch(number)) is not None:
        return False
    request = await requests.load(store, number)
    return request is not None and request.watch is not None and request.watch.goes_on


def _spans(found: list[Request]) -> Iterator[tuple[datetime, datetime]]:
    """Of those that were applied, when the last approval came and when it was over."""
    for request in found:
        approvals = [each.at for each in request.decisions if each.verdict is Verdict.APPROVE]
        if request.state is State.APPLIED and approvals:
            yield approvals[-1], request.changed_at
