"""approve, deny, cancel, break-glass, review: by command, button or form, always judged here and now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.cards import answers, forms, kit, notices
from bot.cards.buttons import block_of
from bot.core.deciding import decide as judge
from bot.core.delivery import Answer, Source
from bot.core.intent import AskReason, Decide, Verdict
from bot.core.people import GROUP_ID, USER_ID
from bot.core.request import DECIDABLE, Decision, Refusal, Request, State
from bot.core.waiting import wake
from bot.core.weighing import approvers, may_approve, needs_now, weigh
from bot.desk.desk import Case, Handled
from bot.store import keys, letters, requests
from bot.store.commit import Commit
from bot.store.letters import Letter

_DONE: Final = {
    Verdict.APPROVE: "👍 You approved",
    Verdict.DENY: "⛔ You denied",
    Verdict.CANCEL: "🚫 You took back",
    Verdict.BREAK: "🔨 You broke the glass on",
    Verdict.REVIEW: "🔎 You closed the review of",
}
_TOLD_MOST: Final = 50
"""How many approvers get a message of their own when the glass is broken; the others are called in the channel."""


async def decide(case: Case, intent: Decide) -> Handled:
    """The request after the decision, or the reason why it does not count."""
    request = case.request
    if request is None:
        return _unknown(case, intent.number, intent.verdict)
    decision = Decision(
        by=case.user, verdict=intent.verdict, digest=request.plan.digest, at=case.now, reason=intent.reason.strip()
    )
    people = await case.desk.people((*request.deciders, case.user), case.access, case.policy)
    if _asks_name(case, request, decision) and may_approve(request, case.access, case.person, people, case.now) is None:
        return Handled(_type_it(request), form=forms.approve(request, case.delivery.channel))
    decided = judge(request, decision, people, case.access, case.policy)
    if isinstance(decided, Refusal):
        return _refused(case, request, intent.verdict, decided)
    if decision.verdict is Verdict.BREAK and not decided.is_broken:
        return _proposed(case, request, decided)
    lacking = weigh(decided, people, case.access, case.policy, case.now).lacking
    commit = _accepted(case, request, decided, intent.verdict)
    if decision.verdict is Verdict.BREAK:
        await _tell_approvers(case, decided, commit)
    goes_on = decided if _begins(request, decided) else None
    return Handled(_answer(case, decided, intent.verdict, lacking), commit, goes_on=goes_on)


def _begins(was: Request, decided: Request) -> bool:
    """Whether there is something to do at once; what waited for Aiven, or for its time, waits on."""
    newly = was.state is not State.APPROVED or (decided.is_broken and not was.is_broken)
    return decided.state is State.APPROVED and newly


def _proposed(case: Case, was: Request, proposed: Request) -> Handled:
    """The glass is not broken by one word alone: what follows is said, and it is asked again."""
    commit = Commit()
    requests.change(commit, proposed, was)
    reason = proposed.glass.reason if proposed.glass else ""
    commit.note(case.note(f"request/{was.number}", "propose-break-glass", was.by, reason=reason))
    return Handled(answers.confirm_glass(proposed), commit)


async def _tell_approvers(case: Case, broken: Request, commit: Commit) -> None:
    """Everybody who could have approved it, and the channel; in the commit that breaks the glass."""
    subjects = approvers(broken, case.access, case.now)
    rule = case.policy.break_glass
    called = [each for each in case.policy.ids_of((*rule.mention, *subjects)) if each != case.user]
    to_all = Letter(to=rule.channel or broken.channel, answer=notices.broken(broken, called))
    letters.owe(commit, f"glass-{broken.number}", to_all, case.now)
    to_one = notices.broken(broken, ())
    users = await _users(case, called)
    for user in [user for user in users if user != case.user][:_TOLD_MOST]:
        letters.owe(commit, f"glass-{broken.number}-{user}", Letter(to=user, answer=to_one), case.now)


async def _users(case: Case, subjects: Sequence[str]) -> list[str]:
    """The people behind these subjects; a group that Slack does not tell of is called in the channel all the same."""
    groups = [each for each in subjects if re.fullmatch(GROUP_ID, each)]
    members, _ = await case.desk.directory.members(groups)
    users = {each for each in subjects if re.fullmatch(USER_ID, each)}
    return sorted(users.union(*members.values()))


def _asks_name(case: Case, request: Request, decision: Decision) -> bool:
    """Whether a click on Approve opens a form: the policy wants the flow's name typed, and it still counts."""
    clicked = case.delivery.source is Source.BUTTON and decision.verdict is Verdict.APPROVE
    return clicked and request.state is State.PENDING and needs_now(request, case.policy).type_flow


def _type_it(request: Request) -> Answer:
    line = f"/flow approve {request.number} {request.plan.name}"
    return answers.say(f"To approve it type {kit.code(line)}; the form could not be opened.")


def _accepted(case: Case, was: Request, decided: Request, verdict: Verdict) -> Commit:
    commit = Commit()
    requests.change(commit, decided, was)
    if was.state is State.APPROVED and decided.state is State.PENDING:
        commit.look(keys.work(decided.number), wake(decided, case.policy))
    commit.note(case.note(
        f"request/{decided.number}", verdict, decided.by, digest=decided.plan.digest, state=decided.state,
        reason=decided.decisions[-1].reason,
    ))  # fmt: skip
    _adopt(case, decided, commit)
    return commit


def _refused(case: Case, request: Request, verdict: Verdict, refusal: Refusal) -> Handled:
    """A no. The card is painted again: who could click a button that does nothing sees a card that is out of date."""
    commit = Commit()
    if not refusal.settled:
        refused = f"{verdict}.refused"
        commit.note(case.note(f"request/{request.number}", refused, request.by, why=refusal.why, state=request.state))
    _adopt(case, request, commit)
    what = f"Request {request.number} was not changed"
    return Handled(answers.no(what, refusal.why), commit)


def _unknown(case: Case, number: int, verdict: str) -> Handled:
    return case.refuse(
        f"request/{number}", verdict, f"There is no request {number}", "`/flow requests` shows the open ones"
    )


def _answer(case: Case, decided: Request, verdict: Verdict, lacking: Sequence[str]) -> Answer | None:
    """Who clicked sees it on the card; who typed gets a line."""
    if case.delivery.source is Source.BUTTON and verdict is not Verdict.BREAK:
        return None
    if case.delivery.source is Source.FORM:
        return None
    waits = lacking and decided.state is State.PENDING
    more = f" It still takes {kit.named(', '.join(lacking))}." if waits else ""
    return answers.say(f"{_DONE[verdict]} request *{decided.number}*.{more}")


def _adopt(case: Case, request: Request, commit: Commit) -> None:
    """A click on a card of this request that we do not know of: from now on it is painted too, so its buttons go.

    So is the card itself when it still has a button that our record says it has not.
    """
    card = case.card
    clicked = (case.delivery.channel, case.delivery.message)
    if card is None or not case.delivery.message or not case.delivery.block.startswith(block_of(request.number)):
        return
    again = {"version": card.version + 1, "shown": 0}
    if card.ts is None:
        requests.change_card(commit, card.model_copy(update={**again, "channel": clicked[0], "ts": clicked[1]}), card)
    elif clicked not in ((card.channel, card.ts), *card.others):
        requests.change_card(commit, card.model_copy(update={**again, "others": (*card.others, clicked)}), card)
    elif request.state not in DECIDABLE:
        requests.change_card(commit, card.model_copy(update=again), card)
    commit.nudge(keys.card(request.number), case.now)


async def ask_reason(case: Case, intent: AskReason) -> Handled:
    """The form for a denial or a review, if this person's would count."""
    request = case.request
    if request is None:
        return _unknown(case, intent.number, intent.verdict)
    people = await case.desk.people((*request.deciders, case.user), case.access, case.policy)
    tried = Decision(by=case.user, verdict=intent.verdict, digest=request.plan.digest, at=case.now, reason="?")
    refusal = judge(request, tried, people, case.access, case.policy)
    if isinstance(refusal, Refusal):
        return _refused(case, request, intent.verdict, refusal)
    line = kit.code(f"/flow {intent.verdict} {request.number} …")
    instead = answers.say(f"Please type {line} with your words; the form could not be opened.")
    form = forms.review if intent.verdict is Verdict.REVIEW else forms.deny
    return Handled(instead, form=form(request, case.delivery.channel))
