"""approve, deny, cancel: by command, button or form, always judged here and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards import answers, forms, kit
from bot.cards.request import block_of
from bot.core import request as life
from bot.core.delivery import Answer, Source
from bot.core.intent import AskReason, Decide, Verdict
from bot.core.request import Decision, Refusal, Request, State
from bot.desk.desk import Case, Handled
from bot.store import keys, requests
from bot.store.commit import Commit

_DONE: Final = {Verdict.APPROVE: "👍 You approved", Verdict.DENY: "⛔ You denied", Verdict.CANCEL: "🚫 You took back"}


async def decide(case: Case, intent: Decide) -> Handled:
    """The request after the decision, or the reason why it does not count."""
    request = await requests.load(case.desk.store, intent.number)
    if request is None:
        return _unknown(case, intent.number, intent.verdict)
    decision = Decision(
        by=case.user, verdict=intent.verdict, digest=request.plan.digest, at=case.now, reason=intent.reason.strip()
    )
    people = await case.desk.people((*request.deciders, case.user), case.access, case.policy)
    if (
        _asks_name(case, request, decision)
        and life.may_approve(request, case.access, case.person, people, case.now) is None
    ):
        return Handled(_type_it(request), form=forms.approve(request, case.delivery.channel))
    decided = life.decide(request, decision, people, case.access, case.policy)
    if isinstance(decided, Refusal):
        return await _refused(case, request, intent.verdict, decided)
    lacking = life.weigh(decided, people, case.access, case.policy, case.now).lacking
    return Handled(
        _answer(case, decided, intent.verdict, lacking), await _accepted(case, request, decided, intent.verdict)
    )


def _asks_name(case: Case, request: Request, decision: Decision) -> bool:
    """Whether a click on Approve opens a form: the policy wants the flow's name typed, and it still counts."""
    clicked = case.delivery.source is Source.BUTTON and decision.verdict is Verdict.APPROVE
    return clicked and request.state is State.PENDING and life.needs_now(request, case.policy).type_flow


def _type_it(request: Request) -> Answer:
    line = f"/flow approve {request.number} {request.plan.ref.pair}"
    return answers.say(f"To approve it type {kit.code(line)}; the form could not be opened.")


async def _accepted(case: Case, was: Request, decided: Request, verdict: Verdict) -> Commit:
    commit = Commit()
    requests.change(commit, decided, was)
    if decided.state is State.APPROVED:
        commit.look(keys.work(decided.number), case.now)
    commit.note(case.note(
        f"request/{decided.number}", verdict, digest=decided.plan.digest, state=decided.state,
        reason=decided.decisions[-1].reason, policy=case.policy.digest,
    ))  # fmt: skip
    await _adopt(case, decided, commit)
    return commit


async def _refused(case: Case, request: Request, verdict: Verdict, refusal: Refusal) -> Handled:
    """A no. The card is painted again: who could click a button that does nothing sees a card that is out of date."""
    commit = Commit()
    if not refusal.settled:
        commit.note(case.note(f"request/{request.number}", f"{verdict}.refused", why=refusal.why, state=request.state))
    await _adopt(case, request, commit)
    what = f"Request {request.number} was not changed"
    return Handled(answers.no(what, refusal.why), commit)


def _unknown(case: Case, number: int, verdict: str) -> Handled:
    return case.refuse(
        f"request/{number}", verdict, f"There is no request {number}", "`/flow requests` shows the open ones"
    )


def _answer(case: Case, decided: Request, verdict: Verdict, lacking: Sequence[str]) -> Answer | None:
    """Who clicked sees it on the card; who typed gets a line."""
    if case.delivery.source is not Source.COMMAND:
        return None
    more = f" It still takes {kit.named(', '.join(lacking))}." if lacking and decided.is_open else ""
    return answers.say(f"{_DONE[verdict]} request *{decided.number}*.{more}")


async def _adopt(case: Case, request: Request, commit: Commit) -> None:
    """A click on a card of this request that we do not know of: from now on it is painted too, so its buttons go.

    So is the card itself when it still has a button that our record says it has not.
    """
    card = await requests.load_card(case.desk.store, request.number)
    clicked = (case.delivery.channel, case.delivery.message)
    if card is None or not case.delivery.message or not case.delivery.block.startswith(block_of(request.number)):
        return
    again = {"version": card.version + 1, "shown": 0}
    if card.ts is None:
        requests.change_card(commit, card.model_copy(update={**again, "channel": clicked[0], "ts": clicked[1]}), card)
    elif clicked not in ((card.channel, card.ts), *card.others):
        requests.change_card(commit, card.model_copy(update={**again, "others": (*card.others, clicked)}), card)
    elif request.state not in life.DECIDABLE:
        requests.change_card(commit, card.model_copy(update=again), card)
    commit.nudge(keys.card(request.number), case.now)


async def ask_reason(case: Case, intent: AskReason) -> Handled:
    """The form for a denial, if this person's denial would count."""
    request = await requests.load(case.desk.store, intent.number)
    if request is None:
        return _unknown(case, intent.number, Verdict.DENY)
    people = await case.desk.people((request.by, case.user), case.access, case.policy)
    refusal = Refusal(why=f"it is {request.state}") if request.state not in life.DECIDABLE else (
        life.may_approve(request, case.access, case.person, people, case.now)
    )  # fmt: skip
    if refusal is not None:
        return await _refused(case, request, Verdict.DENY, refusal)
    instead = answers.say(f"Please deny it with `/flow deny {request.number} reason…`; the form could not be opened.")
    return Handled(instead, form=forms.deny(request, case.delivery.channel))
