"""Freezes: when and where nothing is applied. Windows of the policy, and freezes that people declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from bot.core.flow import Frozen
from bot.core.scope import matches, reaches, within

_DAY_AND_TIME: Final = re.compile(r"([a-z]+)\s+(\d\d?:\d\d(?:z|[+-]\d\d:\d\d)?)")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY: Final = re.compile(r"(\w{3}) (\d\d:\d\d) - (\w{3}) (\d\d:\d\d)")
_DAILY: Final = re.compile(r"(\d\d:\d\d) - (\d\d:\d\d)")
_YEARLY: Final = re.compile(r"(\d\d)-(\d\d) - (\d\d)-(\d\d)")
_WEEK: Final = timedelta(days=7)


class Freeze(Frozen):
    """Somebody's word that nothing is applied on a scope until a moment."""

    scope: str
    until: datetime
    by: str
    at: datetime
    reason: str = ""


class Frost(NamedTuple):
    """Why nothing is applied at a place now, and until when."""

    what: str
    until: datetime


class Span(NamedTuple):
    """From a moment up to, but not including, another."""

    start: datetime
    end: datetime

    def holds(self, now: datetime) -> bool:
        """Whether the moment lies in it."""
        return self.start <= now < self.end


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{value}” is no time zone, such as Europe/Berlin") from None
    return value


class Window(Frozen):
    """A freeze of the policy: once (`from`, `until`), or `daily = "22:00 - 06:00"`, `weekly = "fri 18:00 - mon 06:00"`,
    `yearly = "12-20 - 01-02"` (both days included), by the clock of `zone`.
    """  # noqa: D205 - one sentence

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str = Field(min_length=1, max_length=80)
    scopes: tuple[str, ...] = ("*",)
    zone: Annotated[str, BeforeValidator(_zone)] = "UTC"
    start: datetime | None = Field(None, alias="from")
    until: datetime | None = None
    daily: str = ""
    weekly: str = ""
    yearly: str = ""
    because: str = Field(default="", max_length=300)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        once = self.start is not None and self.until is not None
        if sum((once, bool(self.daily), bool(self.weekly), bool(self.yearly))) != 1:
            raise ValueError("needs one of: from and until, daily, weekly, yearly")
        if once and (self.start or _LONG_AGO) >= (self.until or _LONG_AGO):
            raise ValueError("ends before it begins")
        list(self.spans(_LONG_AGO))  # what cannot be read says so here
        return self

    def spans(self, now: datetime) -> Iterator[Span]:
        """The spans that may hold this moment. Raises ValueError when the window cannot be read."""
        zone = ZoneInfo(self.zone)
        if self.start is not None and self.until is not None:
            yield Span(_aware(self.start, zone), _aware(self.until, zone))
        elif self.daily:
            yield from _daily(self.daily, now.astimezone(zone))
        elif self.weekly:
            yield from _weekly(self.weekly, now.astimezone(zone))
        else:
            yield from _yearly(self.yearly, now.astimezone(zone))


_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _aware(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _daily(text: str, now: datetime) -> Iterator[Span]:
    match = _DAILY.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}” is no daily window; write 22:00 - 06:00")
    start, end = _clock(match[1]), _clock(match[2])
    for day in (now.date() - timedelta(days=1), now.date()):
        yield Span(_at(day, start, now), _at(day + timedelta(days=int(end <= start)), end, now))


def _weekly(text: str, now: datetime) -> Iterator[Span]:
    match = _WEEKLY.fullmatch(text.lower())
    if match is None or match[1] not in _DAYS or match[3] not in _DAYS:
        raise ValueError(f"“{text}” is no weekly window; write fri 18:00 - mon 06:00")
    first, last = _DAYS.index(match[1]), _DAYS.index(match[3])
    start, end = _clock(match[2]), _clock(match[4])
    days = (last - first) % 7 or (0 if end > start else 7)
    monday = now.date() - timedelta(days=now.weekday())
    for week in (monday - _WEEK, monday):
        day = week + timedelta(days=first)
        yield Span(_at(day, start, now), _at(day + timedelta(days=days), end, now))


def _yearly(text: str, now: datetime) -> Iterator[Span]:
    match = _YEARLY.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}” is no yearly window; write 12-20 - 01-02")
    first, last = (int(match[1]), int(match[2])), (int(match[3]), int(match[4]))
    for year in (now.year - 1, now.year):
        start, end = date(year, *first), date(year + int(last < first), *last) + timedelta(days=1)
        yield Span(_at(start, time(), now), _at(end, time(), now))


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is no time of day") from None


def _at(day: date, clock: time, now: datetime) -> datetime:
    return datetime.combine(day, clock, now.tzinfo)


def frost(windows: Iterable[Window], freezes: Iterable[Freeze], place: str, now: datetime) -> Frost | None:
    """What keeps changes at a place from being applied now, None when nothing does; the one that lasts longest."""
    found = [*_of_windows(windows, place, now), *_of_people(freezes, place, now)]
    return max(found, key=lambda each: each.until, default=None)


def _of_windows(windows: Iterable[Window], place: str, now: datetime) -> Iterator[Frost]:
    for window in windows:
        if any(matches(scope, place) for scope in window.scopes):
            for span in window.spans(now):
                if span.holds(now):
                    yield Frost(_of_policy(window), span.end.astimezone(UTC))


def _of_people(freezes: Iterable[Freeze], place: str, now: datetime) -> Iterator[Frost]:
    for freeze in freezes:
        if freeze.until > now and matches(freeze.scope, place):
            yield Frost(_of_person(freeze), freeze.until)


def _of_policy(window: Window) -> str:
    because = f": {window.because}" if window.because else ""
    return f"the freeze “{window.name}” of the policy{because}"


def _of_person(freeze: Freeze) -> str:
    because = f": {freeze.reason}" if freeze.reason else ""
    return f"a freeze of {freeze.scope} by <@{freeze.by}>{because}"


class Spell(NamedTuple):
    """A freeze of a service, or of a part of it: what it is, and from when to when."""

    what: str
    span: Span


def spells(
    windows: Iterable[Window], freezes: Iterable[Freeze], path: str, now: datetime, ahead: timedelta
) -> list[Spell]:
    """The freezes of anything on `project/service` that hold now, or begin within the time `ahead`; first come first.

    A window that comes back sooner than that is told once.
    """
    told = [Spell(_of_person(each), Span(each.at, each.until)) for each in freezes if reaches(each.scope, path)]
    for window in windows:
        scopes = [scope for scope in window.scopes if reaches(scope, path)]
        if scopes:
            where = "" if any(within(scope, f"{path}/*") for scope in scopes) else f", on {', '.join(scopes)}"
            spans = sorted((*window.spans(now), *window.spans(now + ahead)), key=lambda span: span.start)
            told += [Spell(_of_policy(window) + where, span) for span in spans if span.end > now][:1]
    return sorted((each for each in told if _is_near(each.span, now, ahead)), key=lambda each: each.span.start)


def _is_near(span: Span, now: datetime, ahead: timedelta) -> bool:
    return span.end > now and span.start <= now + ahead


def _on_day(word: str, clock: str, local: datetime) -> datetime | None:
    """That time on the day that the word means, seen from `local`; a day of the week is the next one of its name."""
    at = time.fromisoformat(clock.upper().rjust(len(clock) + (clock[1] == ":"), "0"))
    local = local.astimezone(at.tzinfo or local.tzinfo)
    names = {day: (number - local.weekday()) % 7 for number, day in enumerate(_DAYS)} | {"today": 0, "tomorrow": 1}
    days = names.get(word if word in names else word[:3])
    if days is None:
        return None
    found = datetime.combine(local.date() + timedelta(days=days), at.replace(tzinfo=None), local.tzinfo)
    again = timedelta(days=7 if found <= local and word not in ("today", "tomorrow") else 0)
    return (found + again).astimezone(UTC)


def moment(text: str, now: datetime, zone: str) -> datetime | None:
    """The moment that a person means; None when it cannot be read.

    `18:00` (the next), `18:00Z`, `tomorrow 06:00`, `mon 06:00`, or an ISO date and time. Without a zone of its own it
    is by the clock of `zone`.
    """
    local = now.astimezone(ZoneInfo(zone))
    try:
        if match := _DAY_AND_TIME.fullmatch(text.strip().lower()):
            return _on_day(match[1], match[2], local)
        if re.fullmatch(r"\d\d?:\d\d(Z|[+-]\d\d:\d\d)?", text):
            clock = time.fromisoformat(text if text[2] == ":" else f"0{text}")
            local = local.astimezone(clock.tzinfo or local.tzinfo)
            today = datetime.combine(local.date(), clock.replace(tzinfo=None), local.tzinfo)
            return (today if today > now else today + timedelta(days=1)).astimezone(UTC)
        return _aware(datetime.fromisoformat(text), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
