"""What others changed, as the channel sees it: what differs, since when, what Aiven's log says, what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards import answers, kit, words
from bot.core.delivery import Answer
from bot.core.drift import Drift, Found, Said, State
from bot.core.plan import differences

ADOPT: Final = "adopt"
PUT_BACK: Final = "put-back"

_LINE: Final = 300
_SHORT: Final = 600


def _what(drift: Drift) -> str:
    if drift.known is None:
        return "is new"
    return "is gone" if drift.now is None else "was changed"


def title(found: Found) -> str:
    """One line of plain text."""
    return f"Drift {found.id}: {found.drift.ref.pair} {_what(found.drift)}"


def announced(found: Found) -> Answer:
    """What is posted first, and turned into the report: true at any time, for it may be all that stays of it."""
    path = kit.code(found.drift.ref.service_path)
    text = f"👀 *{kit.esc(title(found))}* on {path}, not by me. `/flow drift` tells how it stands."
    return Answer(text=text, blocks=(kit.section(text),))


def report(found: Found) -> Answer:
    """The whole report."""
    ref = found.drift.ref
    blocks = [
        kit.header(title(found)),
        kit.fields(f"*Service*\n{kit.code(ref.service_path)}", f"*Noticed*\n{kit.when(found.at)}"),
        *_changes(found.drift),
        kit.context(_log(found), limit=kit.CONTEXT_TEXT_MAX),
        *_stands(found),
        *_buttons(found),
    ]
    return Answer(text=summary(found), blocks=tuple(blocks))


def summary(found: Found) -> str:
    """One line that says all that matters, for notifications, lists and screen readers."""
    fields = ", ".join(words.spoken(each.field) for each in found.drift.differences)
    what = f" ({kit.clip(fields, _LINE)})" if found.drift.known is not None and found.drift.now is not None else ""
    where = f"{kit.esc(title(found) + what)} on {kit.esc(found.drift.ref.service_path)}"
    return kit.fit(f"{where}, noticed {kit.when(found.at)}. {_state(found)}".strip(), kit.TEXT_MAX)


def _changes(drift: Drift) -> list[kit.Block]:
    """What differs: of a flow that is new what it is, of one that is gone what it was."""
    whole = drift.now if drift.known is None else drift.known
    alone = drift.known is None or drift.now is None
    shown = differences({}, whole or {}) if alone else drift.differences
    pages = kit.code_pages(words.compared(shown, creating=alone))
    head = "It was not made here:" if drift.known is None else "It was:" if drift.now is None else ""
    more = "⚠️ That is not all of it; `/flow show` shows how the flow is now." if len(pages) > 1 else ""
    return [kit.section(text) for text in (head, pages[0], more) if text]


def _log(found: Found) -> str:
    """What Aiven's log of the project says; never that it is the reason."""
    since = f"since {kit.when(found.since)}, when I saw it last as I knew it"
    if found.unread:
        return f"Who did it is not known: Aiven's log of the project cannot be read. {kit.esc(found.unread)}"
    if not found.said:
        return f"Who did it is not known: Aiven's log of the project says nothing of this service {since}."
    lines = "\n".join(f"• {_said(each)}" for each in found.said)
    return (
        f"Aiven's log of the project says of this service, {since} (whether it is about this I cannot tell):\n{lines}"
    )


def _said(line: Said) -> str:
    at = f"{kit.when(line.at)} " if line.at else ""
    return f"{at}{kit.esc(kit.clip(line.who or 'somebody', _LINE))}: {kit.esc(kit.clip(line.what, _LINE))}"


def _stands(found: Found) -> list[kit.Block]:
    said = _state(found)
    return [kit.section(said, _SHORT)] if said else []


def _state(found: Found) -> str:
    """What became of it; empty while nothing has."""
    at = kit.when(found.ended_at or found.at)
    asked = f"{kit.mention(found.by)} asked to put it back: request {found.request}." if found.request else ""
    said = {
        State.OPEN: asked and f"📝 {asked}",
        State.ADOPTED: f"✅ Adopted by {kit.mention(found.by)} {at}: from now on the flow is known like this.",
        State.OVER: f"✅ It is as it was before, noticed {at}. {asked}",
        State.SETTLED: f"✅ A change that was made here since left nothing of it, noticed {at}. {asked}",
        State.OVERTAKEN: f"➡️ The flow has changed further: drift {found.next_id}. {asked}",
        State.UNWATCHED: f"💤 The policy names this service no longer, so I do not look any more. {asked}",
    }
    return said[found.state].strip()


def _buttons(found: Found) -> list[kit.Block]:
    if found.state is not State.OPEN:
        return []
    adopt = kit.button(ADOPT, "Adopt", found.id)
    back = kit.button(PUT_BACK, "Put it back", found.id)
    return [kit.actions(f"drift-{found.id}-{found.version}", adopt, back)]


def listed(found: Sequence[Found], page: int) -> Answer:
    """The drifts that are open, a page at a time."""
    rows = [f"• {summary(each)}" for each in found]
    told = "\n`/flow drift adopt ID` keeps one, `/flow drift put-back ID` asks to put it back." if rows else ""
    return answers.paged(f"*Changed elsewhere*{told}", rows, page, "drift")


def adopted(found: Found) -> Answer:
    """What is said to somebody who typed it."""
    return answers.say(f"✅ Drift *{found.id}* is adopted: {kit.code(str(found.drift.ref))} is known as it is now.")
