"""The verbs about power: roles, freezes, the audit log."""

from __future__ import annotations

from typing import Any

from bot.core.grammar import values
from bot.core.grammar.mistake import WrongError, closest
from bot.core.grammar.verb import Verb
from bot.core.grammar.words import TIMED, Words
from bot.core.intent import FreezeScope, GrantRole, Intent, ListFreezes, ListRoles, RevokeRole, Unfreeze, VerifyAudit


def where(words: Words) -> dict[str, Any]:
    """The options that every intent takes."""
    options = words.options
    public = options.pop("public", None) is not None
    project, service = (values.name(options.pop(each, None)) for each in ("project", "service"))
    return {"project": project, "service": service, "public": public}


def asking(words: Words) -> dict[str, Any]:
    """The options of an intent that becomes a request."""
    options = words.options
    dry_run = options.pop("dry-run", None) is not None
    glass = options.pop("break-glass", None)
    if glass == "":
        raise WrongError("--break-glass takes the reason why it cannot wait.", "--break-glass")
    public = options.pop("public", None) is not None
    lasting = options.pop("for", None)
    return {
        "reason": options.pop("reason", ""), "break_glass": glass or "", "dry_run": dry_run, "public": public,
        "at": options.pop(TIMED, ""), "lasting": None if lasting is None else values.duration(lasting),
    }  # fmt: skip


def page(words: Words) -> int:
    """`--page`, 1 when it is not said."""
    return max(1, values.number(words.options.pop("page", "1")))


def role(words: Words, verb: Verb) -> Intent:
    """`grant|revoke @user ROLE on SCOPE [for 8h]`, or `list`."""
    word = words.take("What to do with roles", verb.example).text.lower()
    if word == "list":
        return ListRoles(ending=words.skip("ending"), page=page(words), **where(words))
    if word not in ("grant", "revoke"):
        raise WrongError(f"“{word}” is nothing I can do with roles: grant, revoke or list.", word,
                         closest=closest(word, ("grant", "revoke", "list")))  # fmt: skip
    example = verb.example.replace("grant", word)
    subject = values.subject(words.take("Who", example).text)
    name = words.take("The role", example).text.lower()
    words.skip("on")
    granted = {"subject": subject, "role": name, "scope": _scope(words, example)}
    if word == "revoke":
        return RevokeRole(**granted, **where(words))
    lasting = values.duration(words.take("How long", example).text) if words.skip("for") else None
    return GrantRole(**granted, lasting=lasting, reason=words.options.pop("reason", ""), **where(words))


def _scope(words: Words, example: str) -> str:
    """The scope, which the arrow of a single flow has split into three words."""
    text = words.take("The scope", example).text
    if words.positional and words.positional[0].text == "->":
        text += "".join(words.take("The scope", example).text for _ in words.positional[:2])
    return values.scope(text)


def audit(words: Words, verb: Verb) -> Intent:
    """`verify`."""
    word = words.take("What to do with the audit log", verb.example).text.lower()
    if word != "verify":
        raise WrongError(f"“{word}” is nothing I can do with the audit log: verify.", word, closest="verify")
    return VerifyAudit(**where(words))


def freeze(words: Words, verb: Verb) -> Intent:
    """`SCOPE until TIME reason…` or `SCOPE for 2h reason…`."""
    target = _scope(words, verb.example)
    if words.skip("for"):
        lasting = values.duration(words.take("How long", verb.example).text)
        return FreezeScope(scope=target, lasting=lasting, reason=_reason(words), **where(words))
    if not words.skip("until"):
        raise WrongError("Until when? Write until TIME, or for 2h.", line=verb.example)
    until = words.take("Until when", verb.example).text
    return FreezeScope(scope=target, until=until, reason=_reason(words), **where(words))


def _reason(words: Words) -> str:
    return words.options.pop("reason", "") or words.rest()


def unfreeze(words: Words, verb: Verb) -> Intent:
    """`SCOPE`."""
    return Unfreeze(scope=_scope(words, verb.example), **where(words))


def freezes(words: Words, _: Verb) -> Intent:
    """Nothing more to say."""
    return ListFreezes(**where(words))
