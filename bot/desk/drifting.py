"""drift, drift adopt, drift put-back: what others changed is kept, or asked to be put back as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.cards import answers, kit
from bot.cards import drifts as cards
from bot.core import drift
from bot.core.access import decide_all
from bot.core.audit import Note
from bot.core.deciding import unreasoned
from bot.core.delivery import Source
from bot.core.drift import Drift, Found, State
from bot.core.explain import who_could
from bot.core.flow import Create, Wire, body_problems
from bot.core.people import spoken
from bot.core.plan import Plan
from bot.core.policy import needs_of
from bot.core.preflight.finding import Finding, Level
from bot.core.remedy import AdoptDrift, ListDrift, PutBack
from bot.core.restoring import restore
from bot.core.rights import Kind, Right
from bot.desk import asking, places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.timing import timing_of
from bot.store import drifts, flows
from bot.store.commit import Commit
from bot.store.flows import Known

RULE: Final = "put-back"
"""What a request says of what it cannot put back as it was; it stands among what a look ahead finds."""


_OVER: Final = {
    State.OVER: "the flow is as it was before",
    State.SETTLED: "a change that was made here left nothing of it",
    State.OVERTAKEN: "the flow has changed further",
    State.UNWATCHED: "the policy names its service no longer",
}


@dataclass(frozen=True, slots=True)
class _Standing:
    """A drift that can still be decided about: what is known of its service, and the flow as Aiven has it now."""

    found: Found
    known: Known
    current: Wire | None


async def list_drift(case: Case, intent: ListDrift) -> Handled:
    """The open drifts of flows that the person may read."""
    found = await drifts.load_open(case.desk.store)
    return Handled(cards.listed([each for each in found if _sees(case, each)], intent.page))


def _sees(case: Case, found: Found) -> bool:
    return case.may(Right.READ, str(found.drift.ref)).allowed


async def adopt(case: Case, intent: AdoptDrift) -> Handled:
    """The flow is known as it is now. It takes the rights that asking for the change would have taken."""
    standing = await _standing(case, intent.ident, "adopt", lambda found: found.drift.rights)
    if isinstance(standing, Handled):
        return standing
    found = standing.found
    adopted = found.ended(State.ADOPTED, case.now, by=case.user)
    commit = Commit()
    flows.unchanged(commit, standing.known)
    flows.adopt(commit, standing.known, found.drift)
    drifts.change(commit, adopted, found, case.now)
    commit.note(_note(case, found, "adopt"))
    return Handled(None if case.delivery.source is Source.BUTTON else cards.adopted(adopted), commit)


async def put_back(case: Case, intent: PutBack) -> Handled:
    """A request that restores what was known, from the flow as it is now. Raises AivenError while it cannot be read."""
    standing = await _standing(case, intent.ident, "put-back", lambda _: frozenset({Right.READ}))
    if isinstance(standing, Handled):
        return standing
    found, way = standing.found, restore(standing.found.drift, standing.current)
    if way.plan is None:
        raise AnswerError(answers.trouble(f"Nothing of it can be put back. {' '.join(way.said)}"))
    _check(case, found, way.plan)
    plan = way.plan.model_copy(update={"timing": await timing_of(case, intent)})
    said = [Finding(rule=RULE, level=Level.NOTE if way.exact else Level.WARN, text=text) for text in way.said]
    handled = await asking.propose(case, plan, intent, said)
    _link(case, found, handled)
    return handled


def _check(case: Case, found: Found, plan: Plan) -> None:
    """Raises AnswerError for what Aiven would refuse, and where the policy asks for words that a click cannot bring."""
    if problems := list(body_problems(plan.change.body, creating=isinstance(plan.change, Create))):
        raise AnswerError(answers.trouble(f"It cannot be put back: {'; '.join(problems)}."))
    why = unreasoned(needs_of(case.policy, plan.parts), "")
    if why is not None and case.delivery.source is Source.BUTTON:
        line = kit.code(f"/flow drift put-back {found.id} --reason …")
        raise AnswerError(answers.say(f"⚠️ For that {kit.esc(why)}. Please type {line}."))


async def _standing(
    case: Case, ident: str, action: str, rights: Callable[[Found], frozenset[Right]]
) -> _Standing | Handled:
    """The drift, if this person may decide about it and it is still what was reported; else the refusal."""
    found = await drifts.load(case.desk.store, ident)
    if found is None:
        return case.refuse(f"drift/{ident}", action, f"There is no drift {ident}", "`/flow drift` lists the open ones")
    refused = _refused(case, found, frozenset({Right.READ}), action) or _refused(case, found, rights(found), action)
    if refused is not None:
        return refused
    if found.state is not State.OPEN:
        return _no(case, found, action, _OVER.get(found.state) or f"{spoken(found.by)} adopted it")
    known = await flows.load(case.desk.store, found.drift.ref.service_path)
    current = await places.current(case, found.drift.ref)
    if (why := _moved(found.drift, current)) is not None:
        return _out_of_date(case, known, _no(case, found, action, why))
    if known.writer is not None:
        return _no(case, found, action, f"request {known.writer} changes the service just now; try again in a minute")
    return _Standing(found, known, current)


def _refused(case: Case, found: Found, rights: frozenset[Right], action: str) -> Handled | None:
    place = str(found.drift.ref)
    allowed = decide_all(case.access, case.person, rights, Kind.REQUEST, place, case.now)
    if allowed.allowed:
        return None
    return _no(case, found, action, allowed.reason + who_could(case.access, rights, place, case.now))


def _out_of_date(case: Case, known: Known, refused: Handled) -> Handled:
    """The report tells something that is so no longer: the service is looked at at once."""
    if refused.commit is not None:
        flows.look_now(refused.commit, known.path, case.now)
    return refused


def _no(case: Case, found: Found, action: str, why: str) -> Handled:
    """A no. The message is looked at: who clicks a button that does nothing sees one that is out of date."""
    what = {"adopt": "cannot adopt", "put-back": "cannot put back"}[action]
    handled = case.refuse(f"drift/{found.id}", action, f"I {what} drift {found.id}", why)
    if handled.commit is not None:
        drifts.show(handled.commit, found.id, case.now)
    return handled


def _moved(found: Drift, current: Wire | None) -> str | None:
    """Why the report tells no longer how the flow is; None when it does."""
    now = None if current is None else drift.part(current)
    if drift.same(found.now, now):
        return None
    return _OVER[State.OVER if drift.same(found.known, now) else State.OVERTAKEN] + " since; I look at it anew"


def _link(case: Case, found: Found, handled: Handled) -> None:
    """In the commit of the request: the report says who asked, and by which number."""
    if handled.commit is None or handled.asked is None:
        return
    number = handled.asked.number
    drifts.change(handled.commit, found.changed(by=case.user, request=number), found, case.now)
    handled.commit.note(_note(case, found, "put-back", number))


def _note(case: Case, found: Found, action: str, request: int | None = None) -> Note:
    place, digest = str(found.drift.ref), found.drift.digest
    return case.note(f"drift/{found.id}", action, place=place, digest=digest, request=request)
