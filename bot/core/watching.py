"""A change that was applied is watched until it has settled or is in trouble: (Watch, what was seen) -> Watch.

It always ends: after `BOUND` at the latest, with the words for what can be told then. Whoever changes the flow
meanwhile ends it too, for what is seen is theirs from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from bot.core.flow import FlowRef, Frozen
from bot.core.plan import Plan
from bot.core.seeing import Aim, Found, Seen, Wrong, aim_of, line, percent, wrongs

BOUND: Final = timedelta(minutes=10)
"""How long a change is watched."""

CALM: Final = timedelta(seconds=30)
"""For how long all has to be well, from one look to another, until it has settled."""

FALL: Final = 0.02
"""How much less progress is a fall: of a flow that copies what is written right now it goes up and down a little."""

_PAUSES: Final = (
    (timedelta(minutes=1), timedelta(seconds=15)),
    (timedelta(minutes=5), timedelta(seconds=30)),
    (BOUND, timedelta(seconds=60)),
)
"""Up to which age it is looked at how often."""

_GOOD_LOOKS: Final = 2
_ODD_LOOKS: Final = 2
"""Aiven may show a flow as it was, or none, for a moment after a write; so that is believed the second time."""


class WatchState(StrEnum):
    """How it stands. `OVERTAKEN`: the flow was changed again, so that nothing more can be told of this change."""

    WATCHING = "watching"
    SETTLED = "settled"
    TROUBLED = "troubled"
    UNSURE = "unsure"
    OVERTAKEN = "overtaken"


class Watch(Frozen):
    """How a change of the flow `ref` that was applied `since` is landing.

    `line`: what was seen last, `at`: when what is shown of it last changed. `good` looks in a row, the first of them
    `good_since`; `odd` ones in a row found another flow than planned. `progress`: what the next one must not fall
    below. `said`: what is wrong, or why it cannot be told, and where to look; `logs`: lines that go with it.
    """

    ref: FlowRef
    since: datetime
    aim: Aim
    at: datetime
    state: WatchState = WatchState.WATCHING
    line: str = ""
    looks: int = 0
    good: int = 0
    good_since: datetime | None = None
    odd: int = 0
    progress: float | None = None
    said: str = ""
    logs: tuple[str, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether it is looked at again."""
        return self.state is WatchState.WATCHING

    @property
    def shown(self) -> tuple[object, ...]:
        """What people see of it."""
        return (self.state, self.line, self.said, self.logs)


class _Verdict(NamedTuple):
    state: WatchState
    said: str = ""


def begun(plan: Plan, now: datetime) -> Watch:
    """The watch over a change that was applied just now."""
    return Watch(ref=plan.ref, since=now, at=now, aim=aim_of(plan))


def next_look(watch: Watch, now: datetime, wait: timedelta = timedelta()) -> datetime:
    """When to look again: often at first, not before Aiven is to be asked (`wait`), and last when its time is over."""
    age = now - watch.since
    pause = next((pause for until, pause in _PAUSES if age < until), timedelta())
    return max(now, min(now + max(pause, wait), watch.since + BOUND))


def overtaken(watch: Watch, number: int, now: datetime) -> Watch:
    """The watch when another request has changed the flow; that one is watched now."""
    ended = {"state": WatchState.OVERTAKEN, "said": f"Request {number} has changed the flow since.", "at": now}
    return watch.model_copy(update=ended)


def watched(watch: Watch, seen: Seen, now: datetime) -> Watch:
    """The watch after another look."""
    found = [*wrongs(seen, watch.aim), *_wrong_progress(watch, seen)]
    looked = watch.model_copy(update={
        "looks": watch.looks + 1, "line": line(seen, watch.aim), **_row(watch, seen, now, well=not found),
        "odd": watch.odd + 1 if _is_odd(seen) else 0 if seen.flow else watch.odd,
        "progress": _reference(watch, seen),
    })  # fmt: skip
    after = looked.model_copy(update=_judged(looked, seen, found, now)._asdict())
    return after if after.shown == watch.shown else after.model_copy(update={"at": now})


def _is_odd(seen: Seen) -> bool:
    return seen.flow in {Found.CHANGED, Found.GONE}


def _row(watch: Watch, seen: Seen, now: datetime, *, well: bool) -> dict[str, object]:
    """The good looks in a row; one that could not see everything is none."""
    if not well or _is_odd(seen) or not seen.is_whole(watch.aim):
        return {"good": 0, "good_since": None}
    return {"good": watch.good + 1, "good_since": watch.good_since or now}


def _reference(watch: Watch, seen: Seen) -> float | None:
    """What the next progress is compared with: the highest of late, or from where it goes on after a fall."""
    if seen.progress is None or not watch.aim.copies:
        return watch.progress
    if watch.progress is None or _falls(watch, seen):
        return seen.progress
    return max(watch.progress, seen.progress)


def _falls(watch: Watch, seen: Seen) -> bool:
    return watch.progress is not None and seen.progress is not None and seen.progress < watch.progress - FALL


def _wrong_progress(watch: Watch, seen: Seen) -> Iterator[Wrong]:
    """What is wrong with the progress of a flow that is to copy. Aiven need not show any."""
    if not watch.aim.copies or seen.flow is not Found.PLANNED:
        return
    if watch.progress is not None and seen.progress is not None and _falls(watch, seen):
        fall = f"from {percent(watch.progress)} to {percent(seen.progress)}"
        yield Wrong(f"Its progress falls, {fall}: more comes in than is copied. Look at the load of {seen.service} in "
                    "the Aiven Console.")  # fmt: skip
    elif seen.progress is None and watch.progress is not None:
        yield Wrong(f"Its progress was {percent(watch.progress)} and is shown no more. Look at `/flow show {seen.pair}`"
                    f" and at the log of {seen.service}.")  # fmt: skip
    elif seen.progress is None and watch.aim is Aim.STARTS:
        yield Wrong("No progress of the flow has shown, though it is on. Look whether its patterns match any topic: "
                    f"`/flow topics {seen.pair}`.")  # fmt: skip
    elif seen.progress is None:
        yield Wrong(f"Aiven shows no progress of the flow, so I cannot tell whether it copies. Look at the log of "
                    f"{seen.service}, or at the topics of the target.", harmless=True)  # fmt: skip


def _judged(watch: Watch, seen: Seen, found: list[Wrong], now: datetime) -> _Verdict:
    """What can be told now: trouble that waiting does not mend, another flow, calm; in the end, whatever there is."""
    late = now - watch.since >= BOUND
    if found and found[0].at_once:
        return _of(found[0])
    if _is_odd(seen) and (late or watch.odd >= _ODD_LOOKS):
        return _another_flow(watch, seen)
    if watch.good >= _GOOD_LOOKS and watch.good_since is not None and now - watch.good_since >= CALM:
        return _Verdict(WatchState.SETTLED)
    return _in_the_end(watch, seen, found) if late else _Verdict(WatchState.WATCHING)


def _of(wrong: Wrong) -> _Verdict:
    return _Verdict(WatchState.UNSURE if wrong.harmless else WatchState.TROUBLED, wrong.text)


def _another_flow(watch: Watch, seen: Seen) -> _Verdict:
    """No request of ours did that. A flow that is gone is trouble, for somebody wanted it a moment ago."""
    if seen.flow is Found.GONE:
        why = "The flow is gone, and no request that was applied here did it."
        return _Verdict(WatchState.TROUBLED, f"{why} Look at the events of the project in the Aiven Console.")
    what = "was made again" if watch.aim is Aim.GONE else "was changed"
    why = f"The flow {what} meanwhile, and no request that was applied here did it, so I watch it no longer."
    return _Verdict(WatchState.OVERTAKEN, f"{why} `/flow show {seen.pair}` shows how it is.")


def _in_the_end(watch: Watch, seen: Seen, found: list[Wrong]) -> _Verdict:
    """Its time is over, and it has not settled."""
    bad = next((each for each in found if not each.harmless), None)
    if bad is not None:
        return _of(bad)
    if not seen.is_whole(watch.aim):
        why = " ".join(seen.unread) or "Aiven did not tell everything."
        return _Verdict(WatchState.UNSURE, f"{why} Look at it yourself: `/flow show {seen.pair}`.")
    if found:
        return _of(found[0])
    short = f"All is well now, but I have not seen it stay so for {CALM.total_seconds():g} s."
    return _Verdict(WatchState.UNSURE, f"{short} `/flow show {seen.pair}` shows how it goes on.")
