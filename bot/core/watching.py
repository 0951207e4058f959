"""A change that was applied is watched until it has settled or is in trouble: (Watch, what was seen) -> Watch.

It always ends: after `BOUND` at the latest, with the words for what can be told then. Whoever changes the flow
meanwhile ends it too, for what is seen is theirs from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from bot.core.flow import FlowRef, Frozen
from bot.core.plan import Plan
from bot.core.seeing import CONSOLE, Aim, FlowSeen, Found, Seen, Wrong, aim_of, line, percent, wrongs

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
_SHOWN: Final = 3
_ODD_LOOKS: Final = 2
"""Aiven may show a flow as it was, or none, for a moment after a write; so that is believed the second time."""


class WatchState(StrEnum):
    """How it stands. `OVERTAKEN`: the flow was changed again, so that nothing more can be told of this change."""

    WATCHING = "watching"
    SETTLED = "settled"
    TROUBLED = "troubled"
    UNSURE = "unsure"
    OVERTAKEN = "overtaken"


class Landing(Frozen):
    """A flow that was changed. `odd` looks in a row found another flow than planned.

    `progress`: what the next one must not fall below.
    """

    ref: FlowRef
    aim: Aim
    odd: int = 0
    progress: float | None = None


class Watch(Frozen):
    """How a change of flows of one service that was applied `since` is landing; `back`: it was one being taken back.

    `line`: what was seen last, `at`: when what is shown of it last changed. `good` looks in a row, the first of them
    `good_since`. `said`: what is wrong, or why it cannot be told, and where to look; `logs`: lines that go with it.
    """

    flows: tuple[Landing, ...]
    since: datetime
    at: datetime
    back: bool = False
    state: WatchState = WatchState.WATCHING
    line: str = ""
    looks: int = 0
    good: int = 0
    good_since: datetime | None = None
    said: str = ""
    logs: tuple[str, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether it is looked at again."""
        return self.state is WatchState.WATCHING

    @property
    def aims(self) -> dict[str, Aim]:
        """What the flows are to do, by pair."""
        return {each.ref.pair: each.aim for each in self.flows}

    @property
    def shown(self) -> tuple[object, ...]:
        """What people see of it."""
        return (self.state, self.line, self.said, self.logs)


class _Verdict(NamedTuple):
    state: WatchState
    said: str = ""


def begun(plans: Iterable[Plan], now: datetime, *, back: bool = False) -> Watch:
    """The watch over changes that were applied just now."""
    flows = {plan.ref: Landing(ref=plan.ref, aim=aim_of(plan)) for plan in plans}
    return Watch(flows=tuple(flows.values()), since=now, at=now, back=back)


def next_look(watch: Watch, now: datetime, wait: timedelta = timedelta()) -> datetime:
    """When to look again: often at first, not before Aiven is to be asked (`wait`), and last when its time is over."""
    age = now - watch.since
    pause = next((pause for until, pause in _PAUSES if age < until), timedelta())
    return max(now, min(now + max(pause, wait), watch.since + BOUND))


def overtaken(watch: Watch, by: Mapping[FlowRef, int], now: datetime) -> Watch:
    """The watch without the flows that another request has changed (`by`), for that one watches them now."""
    numbers = sorted({by[each.ref] for each in watch.flows if each.ref in by})
    if not numbers:
        return watch
    gone = [each for each in watch.flows if each.ref in by]
    return _without(watch, gone, f"{_requests(numbers)} changed {_named(watch, gone)} since.", now)


def _requests(numbers: Sequence[int]) -> str:
    """`Request 4 has`, `Requests 4, 7 have`."""
    one = len(numbers) == 1
    return f"Request{'' if one else 's'} {', '.join(map(str, numbers))} {'has' if one else 'have'}"


def taken_back(watch: Watch, now: datetime) -> Watch:
    """The watch when its change is taken back."""
    return watch.model_copy(update={"state": WatchState.OVERTAKEN, "said": "It was to be taken back since.", "at": now})


def _without(watch: Watch, gone: Sequence[Landing], why: str, now: datetime) -> Watch:
    """The rest of it; with no flow left there is nothing more to watch."""
    flows = tuple(each for each in watch.flows if each not in gone)
    state = WatchState.WATCHING if flows else WatchState.OVERTAKEN
    told = {"state": state, "said": _joined(watch.said, why), "at": now}
    return watch.model_copy(update={**told, "flows": flows} if flows else told)


def _named(watch: Watch, some: Sequence[Landing]) -> str:
    """The flows, by name where there are several."""
    if len(watch.flows) == 1:
        return "the flow"
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return f"{', '.join(each.ref.pair for each in some[:_SHOWN])}{more}"


def _joined(*said: str) -> str:
    return " ".join(filter(None, said))


def watched(watch: Watch, seen: Seen, now: datetime) -> Watch:
    """The watch after another look."""
    found = [*wrongs(seen, watch.aims), *_wrong_progress(watch, seen)]
    looked = watch.model_copy(update={
        "looks": watch.looks + 1, "line": line(seen, watch.aims), **_row(watch, seen, now, well=not found),
        "flows": tuple(_landing(each, seen.flow(each.ref.pair)) for each in watch.flows),
    })  # fmt: skip
    after = _judged(looked, seen, found, now)
    return after if after.shown == watch.shown else after.model_copy(update={"at": now})


def _row(watch: Watch, seen: Seen, now: datetime, *, well: bool) -> dict[str, object]:
    """The good looks in a row; one that could not see everything is none."""
    odd = any(seen.flow(each.ref.pair).is_odd for each in watch.flows)
    if not well or odd or not seen.is_whole(watch.aims):
        return {"good": 0, "good_since": None}
    return {"good": watch.good + 1, "good_since": watch.good_since or now}


def _landing(landing: Landing, seen: FlowSeen) -> Landing:
    """What is remembered of a flow: its highest progress of late, or from where it goes on after a fall."""
    odd = landing.odd + 1 if seen.is_odd else 0 if seen.found else landing.odd
    progress = landing.progress
    if seen.progress is not None and landing.aim.copies:
        falls = progress is None or _falls(landing, seen)
        progress = seen.progress if falls else max(progress or 0.0, seen.progress)
    return landing.model_copy(update={"odd": odd, "progress": progress})


def _falls(landing: Landing, seen: FlowSeen) -> bool:
    before, now = landing.progress, seen.progress
    return before is not None and now is not None and now < before - FALL


def _wrong_progress(watch: Watch, seen: Seen) -> Iterator[Wrong]:
    """What is wrong with the progress of flows that are to copy, the worst first. Aiven need not show any."""
    found = [
        _prefixed(watch, landing, wrong)
        for landing in watch.flows
        if landing.aim.copies and (flow := seen.flow(landing.ref.pair)).found is Found.PLANNED
        if (wrong := _wrong_flow(landing, flow, seen.service)) is not None
    ]
    yield from sorted(found, key=lambda each: each.harmless)


def _prefixed(watch: Watch, landing: Landing, wrong: Wrong) -> Wrong:
    return wrong if len(watch.flows) == 1 else wrong._replace(text=f"{landing.ref.pair}: {wrong.text}")


def _wrong_flow(landing: Landing, flow: FlowSeen, service: str) -> Wrong | None:
    pair, before = landing.ref.pair, landing.progress
    if before is not None and flow.progress is not None and _falls(landing, flow):
        fall = f"from {percent(before)} to {percent(flow.progress)}"
        return Wrong(f"Its progress falls, {fall}: more comes in than is copied. Look at the load of {service} in "
                     f"{CONSOLE}.")  # fmt: skip
    if flow.progress is not None:
        return None
    if before is not None:
        text = f"Its progress was {percent(before)} and is shown no more."
        return Wrong(f"{text} Look at `/flow show {pair}` and at the log of {service}.")
    if landing.aim is Aim.STARTS:
        text = "No progress of the flow has shown, though it is on."
        return Wrong(f"{text} Look whether its patterns match any topic: `/flow topics {pair}`.")
    text = "Aiven shows no progress of the flow, so I cannot tell whether it copies."
    return Wrong(f"{text} Look at the log of {service}, or at the topics of the target.", harmless=True)


def _judged(watch: Watch, seen: Seen, found: list[Wrong], now: datetime) -> Watch:
    """What can be told now: trouble that waiting does not mend, another flow, calm; in the end, whatever there is."""
    late = now - watch.since >= BOUND
    if found and found[0].at_once:
        return _ended(watch, _of(found[0]))
    odd = [each for each in watch.flows if each.odd >= (1 if late else _ODD_LOOKS) and seen.flow(each.ref.pair).is_odd]
    if odd:
        return _another_flow(watch, seen, odd, now)
    if watch.good >= _GOOD_LOOKS and watch.good_since is not None and now - watch.good_since >= CALM:
        return _ended(watch, _Verdict(WatchState.SETTLED))
    return _ended(watch, _in_the_end(watch, seen, found)) if late else watch


def _ended(watch: Watch, verdict: _Verdict) -> Watch:
    return watch.model_copy(update={"state": verdict.state, "said": _joined(verdict.said, watch.said)})


def _of(wrong: Wrong) -> _Verdict:
    return _Verdict(WatchState.UNSURE if wrong.harmless else WatchState.TROUBLED, wrong.text)


def _another_flow(watch: Watch, seen: Seen, odd: Sequence[Landing], now: datetime) -> Watch:
    """No request of ours did that. A flow that is gone is trouble, for somebody wanted it a moment ago."""
    gone = [each for each in odd if seen.flow(each.ref.pair).found is Found.GONE]
    if gone:
        what = "The flow is gone" if len(watch.flows) == 1 else f"Gone: {_named(watch, gone)}"
        why = f"{what}, and no request that was applied here did it. Look at the events of the project in {CONSOLE}."
        return _ended(watch, _Verdict(WatchState.TROUBLED, why))
    what = "The flow" if len(watch.flows) == 1 else _named(watch, odd)
    done = "was made again" if odd[0].aim is Aim.GONE else "was changed"
    why = f"{what} {done} meanwhile, and no request that was applied here did it, so I watch it no longer."
    rest = _without(watch, odd, f"{why} {seen.show(watch.aims)} shows how it is.", now)
    late = rest.goes_on and now - watch.since >= BOUND
    return _ended(rest, _in_the_end(rest, seen, [])) if late else rest


def _in_the_end(watch: Watch, seen: Seen, found: list[Wrong]) -> _Verdict:
    """Its time is over, and it has not settled."""
    bad = next((each for each in found if not each.harmless), None)
    if bad is not None:
        return _of(bad)
    if not seen.is_whole(watch.aims):
        why = " ".join(seen.unread) or "Aiven did not tell everything."
        return _Verdict(WatchState.UNSURE, f"{why} Look at it yourself: {seen.show(watch.aims)}.")
    if found:
        return _of(found[0])
    short = f"All is well now, but I have not seen it stay so for {CALM.total_seconds():g} s."
    return _Verdict(WatchState.UNSURE, f"{short} {seen.show(watch.aims)} shows how it goes on.")
