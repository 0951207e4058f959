"""THE table of verbs: how each is written, what it does, and how its words become an intent."""

from __future__ import annotations

from typing import Final

from bot.core.fields import BY_NAME
from bot.core.grammar import changes, values
from bot.core.grammar.avn import avn
from bot.core.grammar.drift import drift
from bot.core.grammar.export import export
from bot.core.grammar.mistake import WrongError, closest
from bot.core.grammar.power import audit, freeze, freezes, page, role, unfreeze, where
from bot.core.grammar.verb import Verb
from bot.core.grammar.words import Words
from bot.core.intent import (
    CreateFlow,
    Decide,
    DeleteFlow,
    Explain,
    Help,
    History,
    Intent,
    ListFlows,
    ListRequests,
    ListReviews,
    PreviewTopics,
    ShowFlow,
    ShowPolicy,
    ShowRequest,
    UpdateFlow,
    UseService,
    Verdict,
    WhoAmI,
)
from bot.core.questions import ShowStatus
from bot.core.rights import Kind, Right
from bot.core.roles import CHANGES, Role

DECIDES_TOPICS: Final = tuple(BY_NAME[name].name for name in ("topics", "topics.blacklist", "replication_policy_class"))
"""The fields that decide which topics are copied, and by which names."""


def _list(words: Words, _: Verb) -> Intent:
    place = where(words)
    if words.positional:
        place |= _service(words.take("The service", "list mm2-eu").text)
    return ListFlows(page=page(words), **place)


def _service(word: str) -> dict[str, str]:
    """`SERVICE` or `PROJECT/SERVICE`."""
    project, slash, service = word.rpartition("/")
    if "/" in project or not service:
        raise WrongError(f"“{word}” is no service; write SERVICE or PROJECT/SERVICE.", word)
    named = {"project": project, "service": service} if slash else {"service": service}
    return {what: str(values.name(each)) for what, each in named.items()}


def _show(words: Words, verb: Verb) -> Intent:
    flow = words.flow(verb.example)
    return ShowFlow(flow=flow, page=page(words), **where(words))


def _topics(words: Words, verb: Verb) -> Intent:
    flow = words.flow(verb.example)
    edits = changes.take_edits(words)
    other = next((BY_NAME[edit.field].spoken for edit in edits if edit.field not in DECIDES_TOPICS), None)
    if other is not None:
        names = ", ".join(BY_NAME[name].spoken for name in DECIDES_TOPICS)
        raise WrongError(f"{other} does not decide which topics are copied; here you can set {names}.", other)
    return PreviewTopics(flow=flow, edits=edits, page=page(words), **where(words))


def _requests(words: Words, _: Verb) -> Intent:
    return ListRequests(page=page(words), **where(words))


def _request(words: Words, verb: Verb) -> Intent:
    return ShowRequest(number=_number(words, verb), page=page(words), **where(words))


def _reviews(words: Words, _: Verb) -> Intent:
    return ListReviews(page=page(words), **where(words))


def _history(words: Words, verb: Verb) -> Intent:
    named = words.positional or not words.options.keys().isdisjoint(("source-cluster", "target-cluster"))
    flow = words.flow(verb.example) if named else None
    by, since = words.options.pop("by", None), words.options.pop("since", None)
    return History(
        flow=flow, by=by and values.user(by), since=None if since is None else values.duration(since),
        whole=_all(words), page=page(words), **where(words),
    )  # fmt: skip


def _status(words: Words, _: Verb) -> Intent:
    place = where(words)
    if words.positional:
        place |= _service(words.take("The service", "status mm2-eu").text)
    return ShowStatus(whole=_all(words), page=page(words), **place)


def _all(words: Words) -> bool:
    return words.options.pop("all", None) is not None


def _number(words: Words, verb: Verb) -> int:
    return values.number(words.take("The number of the request", verb.example).text)


def _decide(words: Words, verb: Verb) -> Intent:
    place = where(words)
    number = _number(words, verb)
    said = words.options.pop("reason", "")
    return Decide(number=number, verdict=Verdict(verb.name), reason=said or words.rest(), **place)


def _use(words: Words, _: Verb) -> Intent:
    place = where(words)
    if words.positional:
        place |= _service(words.take("The service", "use acme-prod/mm2-eu").text)
    return UseService(**place)


def _policy(words: Words, verb: Verb) -> Intent:
    word = words.take("What to do with the policy", verb.example).text.lower()
    if word == "show":
        return ShowPolicy(**where(words))
    if word != "explain":
        raise WrongError(f"“{word}” is nothing I can do with the policy: show or explain.", word,
                         closest=closest(word, ("show", "explain")))  # fmt: skip
    subject = values.subject(words.take("Who", verb.example).text)
    action = words.take("What they would ask for", verb.example).text.lower()
    asked = BY_WORD.get(action)
    intent = None if asked is None else asked.read(words, asked)
    if not isinstance(intent, CreateFlow | UpdateFlow | DeleteFlow):
        raise WrongError(f"“{action}” is no change of a flow.", action, line=verb.example)
    return Explain(subject=subject, asking=intent, public=intent.public)


def _whoami(words: Words, _: Verb) -> Intent:
    return WhoAmI(**where(words))


def _help(words: Words, _: Verb) -> Intent:
    place = where(words)
    topic = words.rest().lower() or None
    return Help(topic=topic, **place)


def _to(*rights: Right, kind: Kind = Kind.REQUEST) -> Role:
    """Any of these rights."""
    return frozenset((right, kind) for right in rights)


_READ: Final = _to(Right.READ)
_APPROVE: Final = _to(*CHANGES, Right.MANAGE_ACCESS, kind=Kind.APPROVE)

VERBS: Final = (
    Verb("list", "list [SERVICE]", "list mm2-eu", "the flows of a MirrorMaker service", _list, _READ),
    Verb("status", "status [SERVICE] [--all]", "status mm2-eu",
         "services, flows and what waits, at a glance; --all: the whole project", _status, _READ),
    Verb("show", "show A -> B", "show kafka-eu -> kafka-us", "one flow as it is now", _show, _READ, ("get",)),
    Verb("topics", "topics A -> B [topics=… exclude=… policy=…]", "topics kafka-eu -> kafka-us topics+=refunds.*",
         "which topics a flow copies, and what other patterns would add and drop", _topics, _READ),
    Verb("create", "create A -> B [field=value …]", "create kafka-eu -> kafka-us topics=orders.* exactly-once=on",
         "ask for a new flow", changes.create, _to(Right.CREATE)),
    Verb("update", "update A -> B field=value …", "update kafka-eu -> kafka-us topics+=refunds.* exactly-once=off",
         "ask to change fields of a flow; += and -= change a list", changes.update, _to(Right.EDIT, Right.TUNE)),
    Verb("exactly-once", "exactly-once on|off A -> B", "exactly-once on kafka-eu -> kafka-us",
         "ask to turn exactly-once delivery on or off", changes.exactly_once, _to(Right.TUNE),
         ("eos", "exactly_once", "exactlyonce")),
    Verb("pause", "pause A -> B", "pause kafka-eu -> kafka-us", "ask to stop a flow; it keeps its offsets",
         changes.pause, _to(Right.OPERATE)),
    Verb("resume", "resume A -> B", "resume kafka-eu -> kafka-us", "ask to let a paused flow go on",
         changes.pause, _to(Right.OPERATE)),
    Verb("delete", "delete A -> B", "delete kafka-eu -> kafka-us", "ask to remove a flow", changes.delete,
         _to(Right.DELETE)),
    Verb("undo", "undo NUMBER", "undo 42", "ask to take back what a request has changed", changes.undo, _to(*CHANGES)),
    Verb("requests", "requests", "requests", "the open requests", _requests, _READ),
    Verb("request", "request NUMBER", "request 42", "one request with its decisions and result", _request, _READ),
    Verb("history", "history [A -> B] [--by @user] [--since 7d] [--all]", "history kafka-eu -> kafka-us --since 7d",
         "who changed what, when and why; --all adds what came to nothing", _history, _READ),
    Verb("export", "export A -> B|NUMBER [terraform|avn|curl]", "export kafka-eu -> kafka-us terraform",
         "a flow, or the change of a request, to run elsewhere", export, _READ),
    Verb("avn", "avn mirrormaker replication-flow …",
         "avn mirrormaker replication-flow update mm2-eu -s kafka-eu -t kafka-us '{\"enabled\": false}'",
         "a line of Aiven's own client, pasted; it means what it means in a terminal", avn, _READ, pasted=True),
    Verb("approve", "approve NUMBER", "approve 42", "approve a request of somebody else", _decide,
         _APPROVE, free=True),
    Verb("deny", "deny NUMBER reason…", "deny 42 not during the sale", "deny a request, with the reason", _decide,
         _APPROVE, free=True),
    Verb("cancel", "cancel NUMBER", "cancel 42", "take back your own request", _decide, _to(*CHANGES),
         free=True),
    Verb("break-glass", "break-glass NUMBER reason…", "break-glass 42 the site is down",
         "make a change without its approvals; somebody else reviews it", _decide,
         _to(*CHANGES, kind=Kind.BYPASS), free=True),
    Verb("review", "review NUMBER what you found…", "review 42 it was needed", "close the review of such a change",
         _decide, _APPROVE, free=True),
    Verb("reviews", "reviews", "reviews", "such changes that nobody has reviewed", _reviews, _READ),
    Verb("drift", "drift [adopt|put-back ID]", "drift put-back 3f9a1c2e",
         "what others changed; to keep it, or to ask to put it back", drift, _READ),
    Verb("role", "role grant|revoke @user ROLE on SCOPE [for 8h], role list [ending]",
         "role grant @user editor on acme-prod/*",
         "who holds which role where", role),
    Verb("freeze", "freeze SCOPE until TIME|for 2h reason…", "freeze acme-prod/* until 18:00 the sale is on",
         "apply nothing on a scope for a while", freeze, _to(Right.MANAGE_FREEZE)),
    Verb("unfreeze", "unfreeze SCOPE", "unfreeze acme-prod/*", "let changes through again", unfreeze,
         _to(Right.MANAGE_FREEZE)),
    Verb("freezes", "freezes", "freezes", "what is frozen", freezes, _READ),
    Verb("use", "use PROJECT/SERVICE", "use acme-prod/mm2-eu", "make a service the default of this channel", _use),
    Verb("audit", "audit verify", "audit verify", "check that nobody changed the audit log", audit,
         _to(Right.READ_AUDIT)),
    Verb("policy", "policy show, policy explain @user ACTION A -> B",
         "policy explain @user delete kafka-eu -> kafka-us", "what approvals take, and why somebody may or may not",
         _policy),
    Verb("whoami", "whoami", "whoami", "what you may do here", _whoami),
    Verb("help", "help [ACTION]", "help create", "this help, or all about one action", _help),
)  # fmt: skip

BY_WORD: Final = {word: verb for verb in VERBS for word in (verb.name, *verb.aliases)}
