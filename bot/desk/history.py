"""history: who changed what. A flow's is read from its own index; the rest is looked through from the newest back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.cards import answers, words
from bot.cards.history import PAGE_OF_FLOW, Asked, Page, history_of
from bot.core.flow import FlowRef
from bot.core.history import did, left_no_trace, plans
from bot.core.intent import FlowName, History
from bot.core.request import Request
from bot.core.rights import Right
from bot.desk import places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.reading import sees
from bot.store import history as store
from bot.store import keys, requests

_AT_ONCE: Final = 100
LOOKED_AT: Final = 5_000
"""How many requests one answer looks through at most; a flow's own index needs no such limit."""


async def history(case: Case, intent: History) -> Handled:
    """The requests that have ended; of one flow, or of all that the person may read."""
    ref = None if intent.flow is None else await _ref(case, intent, intent.flow)
    if ref is not None and not (sight := case.may(Right.READ, str(ref))).allowed:
        return case.refuse(str(ref), "read", f"I cannot show the history of {ref}", sight.reason)
    asked = Asked(
        command=_command(intent, ref), flow=ref, by=intent.by, whole=intent.whole,
        since=None if intent.since is None else case.now - timedelta(seconds=intent.since),
    )  # fmt: skip
    if ref is not None and intent.by is None:
        found = await _page_of(case, ref, asked, intent.page)
    else:
        found = await _looked_through(case, asked, intent.page)
    waiting = await _open(case, ref) if ref is not None and found.page == 1 else []
    return Handled(history_of(asked, found, waiting))


async def _ref(case: Case, intent: History, name: FlowName) -> FlowRef:
    """The flow, which may be gone; then it is the one that has a history. Raises AnswerError."""
    try:
        return await places.flow_ref(case, intent, name)
    except AnswerError:
        project, _ = await places.project_and_service(case, intent, name)
        services = await places.mirrormakers(case, project)
        refs = [FlowRef(project=project, service=each, source=name.source, target=name.target) for each in services]
        known = [each for each in refs if (await store.count(case.desk.store, str(each))).ended]
        if len(known) != 1:
            raise
        return known[0]


def _command(intent: History, ref: FlowRef | None) -> str:
    """What was asked, to be typed or carried by a button."""
    by = f"--by {intent.by}" if intent.by else ""
    since = f"--since {words.duration(intent.since)}" if intent.since else ""
    return " ".join(filter(None, ("history", str(ref or ""), by, since)))


async def _page_of(case: Case, ref: FlowRef, asked: Asked, page: int) -> Page:
    """A page of a flow's history, straight from its index."""
    counted = await store.count(case.desk.store, str(ref), asked.since)
    total = counted.ended if asked.whole else counted.changes
    pages = max(1, -(-total // PAGE_OF_FLOW))
    page = min(page, pages)
    index = (keys.ended_of if asked.whole else keys.changes_of)(str(ref))
    first = (page - 1) * PAGE_OF_FLOW
    numbers = await store.numbers(case.desk.store, index, first, min(PAGE_OF_FLOW, total - first))
    found = await requests.load_all(case.desk.store, numbers)
    return Page(tuple(_visible(case, each) for each in found), page, pages, counted.ended - total)


def _visible(case: Case, request: Request) -> Request:
    """A request for several flows without its outcome, which names them, for who may not read all of them."""
    return request if sees(case, request) else request.model_copy(update={"outcome": ""})


async def _open(case: Case, ref: FlowRef) -> list[Request]:
    found = await requests.load_open(case.desk.store)
    return [each for each in found if any(plan.ref == ref for plan in plans(each)) and sees(case, each)]


async def _looked_through(case: Case, asked: Asked, page: int) -> Page:
    """A page of what matches, found by looking at one request after the other until there is more than the page."""
    index = keys.ended_of(str(asked.flow)) if asked.flow else store.EVERYTHING
    (total,) = await store.lengths(case.desk.store, index, since=asked.since)
    found, back_to = _Found(size=PAGE_OF_FLOW if asked.flow else answers.PAGE), case.now
    for first in range(0, min(total, LOOKED_AT), _AT_ONCE):
        numbers = await store.numbers(case.desk.store, index, first, min(_AT_ONCE, total - first))
        for request in await requests.load_all(case.desk.store, numbers):
            if _matches(case, asked, request):
                found.take(_visible(case, request), shown=asked.whole or not left_no_trace(request, asked.flow))
            back_to = request.changed_at
        if first + _AT_ONCE < total and len(found.rows) > page * found.size:
            return found.page(page)._replace(pages=None)
    return found.page(page, back_to if total > LOOKED_AT else None)


def _matches(case: Case, asked: Asked, request: Request) -> bool:
    return (asked.by is None or did(request, asked.by)) and (asked.flow is not None or sees(case, request))


@dataclass(slots=True)
class _Found:
    """What was found so far, and on which page how many were left out."""

    size: int
    rows: list[Request] = field(default_factory=list)
    left_out: Counter[int] = field(default_factory=Counter)

    def take(self, request: Request, *, shown: bool) -> None:
        """One more, older than those before."""
        if shown:
            self.rows.append(request)
        else:
            self.left_out[len(self.rows) // self.size + 1] += 1

    def page(self, page: int, back_to: datetime | None = None) -> Page:
        """That page, or the last one; what was left out after the last row belongs to it.

        `back_to`: where looking back was given up.
        """
        pages = max(1, -(-len(self.rows) // self.size))
        page = min(page, pages)
        shown = self.rows[(page - 1) * self.size : page * self.size]
        left = sum(count for at, count in self.left_out.items() if at == page or at > page == pages)
        return Page(tuple(shown), page, pages, left, back_to)
