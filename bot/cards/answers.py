"""Answers to commands: flows, requests, roles, help, and every kind of no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.cards import kit, words
from bot.cards.buttons import BREAK
from bot.cards.request import summary
from bot.core.access import Grant
from bot.core.audit import Head
from bot.core.delivery import Answer
from bot.core.fields import BY_NAME, EXCLUSION_SPELLINGS, WRITABLE
from bot.core.flow import FlowRef, Wire
from bot.core.freeze import Freeze, Window
from bot.core.glass import CONFIRM_WITHIN
from bot.core.grammar import Mistake
from bot.core.grammar.verb import Verb
from bot.core.grammar.verbs import VERBS
from bot.core.request import Request, State
from bot.core.roles import ROLES

PAGE: Final = 15
"""Rows of a list that one message shows."""

_ROW_MAX: Final = 700
"""A page of these stays below the 12,000 characters that Slack takes in one message."""

EXACTLY_ONCE: Final = BY_NAME["exactly_once_delivery_enabled"].name
COMMAND: Final = "/flow"
PAGE_ACTION: Final = "page"


def say(text: str, *, public: bool = False) -> Answer:
    """A plain answer of ready mrkdwn."""
    return Answer(text=kit.fit(text, kit.TEXT_MAX), blocks=(kit.section(text),), public=public)


def no(what: str, why: str) -> Answer:
    """A refusal, with its reason."""
    return say(f"⛔ {kit.esc(what)}: {kit.named(why)}.")


def trouble(text: str) -> Answer:
    """Something went wrong; `text` says what, why and what to do next."""
    return say(f"⚠️ {kit.esc(text)}")


def mistake(made: Mistake) -> Answer:
    """What a command gets that cannot be understood; what was typed is there to be copied."""
    parts = [f"🤔 {kit.esc(made.what)}"]
    if made.closest:
        parts.append(f"Did you mean {kit.code(made.closest)}?")
    if made.line:
        parts.append(f"Try: {kit.code(f'{COMMAND} {made.line}', 500)}")
    if made.typed and made.typed != made.line:
        parts.append(f"You typed: {kit.code(f'{COMMAND} {made.typed}', 1000)}")
    return say("\n".join(parts))


def flow_list(title: str, flows: Sequence[tuple[FlowRef, Wire]], page: int, more: str) -> Answer:
    """Some flows of a service, a page at a time. `more`: the command for other pages, without the page."""
    rows = [f"{sign(flow)} {kit.code(ref.pair)}  {_glance(flow)}" for ref, flow in flows]
    return paged(f"*Flows of {kit.esc(title)}*", rows, page, more)


def sign(flow: Wire) -> str:
    """Whether a flow runs or is paused."""
    return "▶️" if flow.get("enabled") is True else "⏸️"


def _glance(flow: Wire) -> str:
    parts = [f"exactly-once {words.value(EXACTLY_ONCE, flow.get(EXACTLY_ONCE))}"]
    if progress := words.progress(flow):
        parts.append(f"progress {progress}")
    return kit.esc(" · ".join(parts))


def request_list(requests: Sequence[Request], page: int, more: str) -> Answer:
    """The open requests, a page at a time."""
    return paged("*Open requests*", [f"• {summary(request)}" for request in requests], page, more)


def role_list(grants: Iterable[Grant], page: int, more: str) -> Answer:
    """Who holds which role where, a page at a time."""
    rows = [
        f"• {kit.mention(grant.subject)} {kit.code(str(grant))}"
        + (f" until {kit.when(grant.until)}" if grant.until else "")
        for grant in grants
    ]
    return paged("*Roles*", rows, page, more)


def paged(title: str, rows: Sequence[str], page: int, more: str) -> Answer:
    """One page of a list, with buttons to the next and the one before."""
    pages = max(1, -(-len(rows) // PAGE))
    page = min(page, pages)
    shown = [kit.fit(row, _ROW_MAX) for row in rows[(page - 1) * PAGE : page * PAGE]] or ["None."]
    head = title if pages == 1 else f"{title} — page {page} of {pages}"
    blocks = [kit.section(text) for text in _packed([head, *shown])]
    blocks += turns(page, pages, more)
    return Answer(text=kit.fit("\n".join([head, *shown]), kit.TEXT_MAX), blocks=tuple(blocks))


def turns(page: int, pages: int, more: str, *others: kit.Block) -> list[kit.Block]:
    """The row of buttons to the pages beside this one, and others, if there are any.

    `more`: the command, without the page.
    """
    buttons = [
        kit.button(f"{PAGE_ACTION}-{label.lower()}", label, f"{more} --page {other}")
        for label, other in (("Back", page - 1), ("Next", page + 1))
        if 1 <= other <= pages
    ]
    buttons += others
    return [kit.actions(f"page-{page}", *buttons)] if buttons else []


def _packed(rows: Sequence[str]) -> list[str]:
    """Rows joined into as few texts as Slack's limit for a section allows."""
    texts: list[str] = []
    for row in rows:
        if texts and len(texts[-1]) + len(row) < kit.SECTION_MAX:
            texts[-1] += f"\n{row}"
        else:
            texts.append(row)
    return texts


def listed(rows: Sequence[str]) -> Answer:
    """Rows of ready mrkdwn, in as few sections as Slack's limit allows."""
    return Answer(
        text=kit.fit("\n".join(rows), kit.TEXT_MAX), blocks=tuple(kit.section(text) for text in _packed(rows))
    )


def flow(ref: FlowRef, shown: Wire, page: int = 1) -> Answer:
    """One flow: every field that is set, and the defaults of the rest; what is too long for one message by pages."""
    keys = [field.name for field in WRITABLE if field.name in shown or field.name not in EXCLUSION_SPELLINGS[1:]]
    unknown = sorted(shown.keys() - BY_NAME.keys())
    width = max(len(words.spoken(key)) for key in (*keys, *unknown))
    rows = [f"{words.spoken(key).ljust(width)}  {words.value(key, shown.get(key))}" for key in (*keys, *unknown)]
    head = f"{sign(shown)} *{kit.esc(ref.pair)}* on {kit.code(ref.service_path)}\n{_glance(shown)}"
    pages = kit.code_pages(rows)
    page = min(page, len(pages))
    more = f"\nPart {page} of {len(pages)}; `--page {page % len(pages) + 1}` shows the next." if len(pages) > 1 else ""
    text = f"{head}{more}\n{pages[page - 1]}"
    return Answer(text=kit.fit(text, kit.TEXT_MAX), blocks=(kit.section(f"{head}{more}"), kit.section(pages[page - 1])))


def asked(request: Request, where: str) -> Answer:
    """A request was made; `where` is the channel of its card."""
    place = f" in <#{where}>" if where.startswith(("C", "G")) else ""
    waits = "waits for approval" if request.state is State.PENDING else "needs no approval and is applied now"
    return say(
        f"📝 Request *{request.number}* {waits}{place}: {kit.named(words.title(request.plan))} on "
        f"{kit.code(words.place(request.plan))}. I tell you how it ends."
    )


def asked_already(number: int, *, glass: bool = False) -> Answer:
    """The same plan waits already; with `glass` how to bypass the approvals of that one."""
    more = f" To break the glass on it: {kit.code(f'{COMMAND} break-glass {number} reason…')}." if glass else ""
    see = kit.code(f"{COMMAND} request {number}")
    return say(f"That is what request *{number}* asks for already; see {see}.{more}")


def confirm_glass(request: Request) -> Answer:
    """Asks whether it is really to be made without its approvals, and says what follows."""
    text = (
        f"🔨 *Break the glass on request {request.number}?* {kit.esc(words.title(request.plan))} on "
        f"{kit.code(words.place(request.plan))} is then applied at once, without the approvals that it takes and in "
        "spite of any freeze. Everybody who could approve it is told, and somebody else has to review it.\n"
        f"Click within {int(CONFIRM_WITHIN.total_seconds() // 60)} minutes, or type "
        f"{kit.code(f'{COMMAND} break-glass {request.number}')}. Until then it waits for approval like any other."
    )
    pages = kit.code_pages(words.lines(request.plan))
    button = kit.button(BREAK, "Break the glass", str(request.number), "danger")
    blocks = (kit.section(text), kit.section(pages[0]), kit.actions(f"glass-{request.number}", button))
    return Answer(text=kit.fit(text, kit.TEXT_MAX), blocks=blocks)


def review_list(requests: Sequence[Request], page: int) -> Answer:
    """The changes that were made without their approvals and that nobody has reviewed, a page at a time."""
    rows = [f"• {summary(request)}" for request in requests]
    return paged("*To be reviewed*", rows, page, "reviews")


def freezes(declared: Sequence[Freeze], windows: Sequence[Window], now: datetime) -> Answer:
    """What is frozen by people, and when the policy freezes what."""
    rows = [
        f"• 🧊 {kit.code(each.scope)} until {kit.when(each.until)} by {kit.mention(each.by)}"
        + (f": {kit.esc(each.reason)}" if each.reason else "")
        for each in declared
    ]
    rows += [_window(each, now) for each in windows]
    return listed(["*Freezes*", *(kit.fit(row, _ROW_MAX) for row in rows[:PAGE] or ["None."])])


def _window(window: Window, now: datetime) -> str:
    end = next((span.end for span in window.spans(now) if span.holds(now)), None)
    holds = f"🧊 until {kit.when(end)}" if end else "not now"
    when = window.daily or window.weekly or window.yearly or f"{window.start} - {window.until}"
    scopes = ", ".join(kit.code(scope) for scope in window.scopes)
    return f"• *{kit.esc(window.name)}* on {scopes}: {kit.esc(when)} {kit.esc(window.zone)}, {holds}"


def who_am_i(user: str, grants: Sequence[Grant], verbs: Sequence[Verb], default: str | None) -> Answer:
    """What somebody holds, and may do here."""
    rows = [
        f"• {kit.code(str(grant))}" + (f" until {kit.when(grant.until)}" if grant.until else "") for grant in grants
    ]
    lines = [
        f"You are {kit.mention(user)} ({kit.code(user)}).",
        *(rows or ["You hold no role. An admin can give you one: `/flow role grant @you viewer on PROJECT/*`."]),
        f"Of use to you here: {', '.join(verb.name for verb in verbs)}.",
        f"This channel uses {kit.code(default)}." if default else "This channel has no default service.",
    ]
    return say("\n".join(lines))


def help_all(verbs: Sequence[Verb], default: str | None) -> Answer:
    """What somebody can do here."""
    rows = [f"• {kit.code(f'{COMMAND} {verb.usage}')} {verb.summary}" for verb in verbs]
    place = f"This channel uses {kit.code(default)}." if default else (
        "No default service here; set one with `/flow use PROJECT/SERVICE`, or add `--service`."
    )  # fmt: skip
    tail = f"{place} `{COMMAND} help create` tells more, and names every field."
    texts = _packed(
        ["*Sluice* controls MirrorMaker 2 replication flows. Changes need somebody else's approval.", *rows, tail]
    )
    return Answer(text=kit.fit("\n".join(texts), kit.TEXT_MAX), blocks=tuple(kit.section(text) for text in texts))


_OPTIONS: Final = (
    "Options: `--service S`, `--project P`, `--reason …`, `--dry-run`, `--at 22:00Z`, `--for 2h` (then it is taken "
    "back), `--break-glass …`, `--public`. Several flows: `A -> B, A -> C`, or `--all-flows-from A`."
)


def help_one(verb: Verb) -> Answer:
    """All about one verb."""
    lines = [
        f"{kit.code(f'{COMMAND} {verb.usage}')} — {verb.summary}.",
        f"Example: {kit.code(f'{COMMAND} {verb.example}')}",
    ]
    if verb.name in ("create", "update"):
        lines.append("*Fields*")
        lines += [
            f"• {kit.code(field.spoken)} {kit.esc(field.help)}"
            for field in WRITABLE
            if field.name not in EXCLUSION_SPELLINGS[1:]
        ]
        lines.append(
            "Lists take commas or JSON; `+=` and `-=` add and remove; nothing after `=` goes back to the default."
        )
    if verb.name == "role":
        lines.append(f"Roles: {', '.join(ROLES)}, and those of the policy.")
    lines.append(_OPTIONS)
    texts = _packed(lines)
    return Answer(text=kit.fit("\n".join(texts), kit.TEXT_MAX), blocks=tuple(kit.section(text) for text in texts))


def audit(head: Head, wrong: int | None, dangling: Sequence[str] = ()) -> Answer:
    """Whether the audit chain is whole, and what its end is, to compare with what was noted down elsewhere.

    `dangling`: requests whose write was announced and of whose outcome there is no entry.
    """
    if wrong is not None:
        return say(
            f"🚨 The audit log is *not* as it was written: entry {wrong} is the first that is wrong or missing. "
            "Keep a copy of the store, and find out who had access to it."
        )
    if dangling:
        return say(
            "🚨 The audit log is as it was written, but it does not say what became of the writes of "
            f"{kit.esc(', '.join(dangling))}. Look at those flows."
        )
    if not head.seq:
        return say("✅ The audit log is empty.")
    return say(f"✅ The audit log is whole: {head.seq:,} entries. The newest has the hash {kit.code(head.hash)}.")


def no_such_topic(topic: str) -> Answer:
    """Help for something that is no verb."""
    names = ", ".join(verb.name for verb in VERBS)
    return say(f"I know no action {kit.code(topic)}. There are {names}.")
