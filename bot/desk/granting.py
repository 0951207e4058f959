"""role grant, revoke, list and use: what is changed in the store alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from bot.cards import answers, kit
from bot.core.access import Answer
from bot.core.giving import Giving, given_by
from bot.core.grammar.mistake import closest
from bot.core.intent import GrantRole, ListRoles, RevokeRole, UseService
from bot.core.people import EVERYONE, GROUP_NAME
from bot.core.policy import needs
from bot.core.rights import Right
from bot.desk import filing, places
from bot.desk.desk import AnswerError, Case, Handled
from bot.store import access as access_store
from bot.store.commit import Commit

_LAST_ADMIN: Final = "it is the last admin of everything, and nobody could let anybody in again"
_SOON: Final = timedelta(days=7)


async def grant(case: Case, intent: GrantRole) -> Handled:
    """Gives a role, if the one who asks manages access to all of that scope: at once, or by a request under a rule."""
    _check_role(case, intent.role)
    _check_group(case, intent.subject)
    filing.check_reason(intent.reason)
    allowed = case.may(Right.MANAGE_ACCESS, intent.scope)
    if not allowed.allowed:
        return _refused(case, "grant", intent, allowed)
    gives = given_by(case.access.roles, intent.role)
    plan = Giving(subject=intent.subject, role=intent.role, scope=intent.scope, lasting=intent.lasting, gives=gives)
    given = plan.grant(case.user, case.now)
    if not case.access.keeps_admin(given=given):
        return case.refuse(f"role/{given.key}", "grant", "That role stays", _LAST_ADMIN)
    if needs(case.policy, plan.rights, plan.place).rules:
        return await filing.file(case, plan, intent.reason)
    commit = Commit()
    access_store.grant(commit, case.access, given)
    until = given.until.isoformat() if given.until else None
    commit.note(case.note(f"role/{given.key}", "grant", until=until, reason=intent.reason))
    end = f" until {kit.when(given.until)}" if given.until else ""
    return Handled(answers.say(f"✅ {kit.mention(given.subject)} is now {kit.code(str(given))}{end}."), commit)


async def revoke(case: Case, intent: RevokeRole) -> Handled:
    """Takes a role, always at once. The last one who manages access to everything for good stays."""
    allowed = case.may(Right.MANAGE_ACCESS, intent.scope)
    if not allowed.allowed:
        return _refused(case, "revoke", intent, allowed)
    held = [each for each in case.access.all() if each.subject == intent.subject]
    taken = next((each for each in held if (each.role, each.scope) == (intent.role, intent.scope)), None)
    if taken is None:
        has = ", ".join(kit.code(str(each)) for each in held) or "no role"
        raise AnswerError(answers.say(f"🤔 {kit.mention(intent.subject)} does not hold that; they hold {has}."))
    if not case.access.keeps_admin(taken=taken):
        return case.refuse(f"role/{taken.key}", "revoke", "That role stays", _LAST_ADMIN)
    commit = Commit()
    access_store.revoke(commit, case.access, taken)
    commit.note(case.note(f"role/{taken.key}", "revoke"))
    return Handled(answers.say(f"✅ {kit.mention(taken.subject)} is no longer {kit.code(str(taken))}."), commit)


def _check_role(case: Case, role: str) -> None:
    roles = case.access.roles
    if role in roles:
        return
    near = closest(role, roles)
    hint = f" Did you mean {near}?" if near else ""
    raise AnswerError(answers.trouble(f"There is no role {role}.{hint} The roles are {', '.join(roles)}."))


def _check_group(case: Case, subject: str) -> None:
    if not re.fullmatch(GROUP_NAME, subject) or subject == EVERYONE or subject in case.policy.groups:
        return
    names = ", ".join(case.policy.groups) or "none"
    raise AnswerError(answers.trouble(f"The policy has no group {subject}; there are: {names}."))


def _refused(case: Case, action: str, intent: GrantRole | RevokeRole, why: Answer) -> Handled:
    subject = f"role/{intent.subject} {intent.role} {intent.scope}"
    return case.refuse(subject, action, f"I cannot {action} {intent.role} on {intent.scope}", why.reason)


async def list_roles(case: Case, intent: ListRoles) -> Handled:
    """Every grant to those who may read something or manage access, one's own to anybody."""
    sees_all = bool(case.access.held_by(case.person, case.now))
    shown = case.access.all() if sees_all else case.access.held_by(case.person, case.now)
    live = [each for each in shown if each.holds(case.now)]
    if intent.ending:
        soon = case.now + _SOON
        ending = [each for each in live if each.until is not None and each.until <= soon]
        ending.sort(key=lambda each: (each.until or soon, each.key))
        return Handled(answers.role_list(ending, intent.page, "role list ending"))
    return Handled(answers.role_list(live, intent.page, "role list"))


async def use_service(case: Case, intent: UseService) -> Handled:
    """Makes a service the channel's default, or tells which it is."""
    if intent.service is None:
        default = await case.desk.access.default_service(case.delivery.channel)
        known = f"This channel uses {kit.code(default)}." if default else "This channel has no default service."
        return Handled(answers.say(f"{known} Set it with `/flow use PROJECT/SERVICE`."))
    project, service = await places.project_and_service(case, intent)
    path = f"{project}/{service}"
    if not places.may_see(case, path):
        why = case.may(Right.READ, f"{path}/").reason
        return case.refuse(path, "use", f"I cannot make {path} the default here", why)
    await places.check_service(case, project, str(service))
    commit = Commit()
    access_store.use_service(commit, case.delivery.channel, path)
    commit.note(case.note(f"channel/{case.delivery.channel}", "use", service=path))
    return Handled(answers.say(f"✅ This channel now uses {kit.code(path)}; `A -> B` alone is enough."), commit)
