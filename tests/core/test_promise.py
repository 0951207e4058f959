"""No sequence of clicks, grants, groups, policies, restarts and clock jumps makes a change without what it takes.

What is tried is the core as the desk uses it; what it must do is said here a second time, as plainly as it can be.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.core.access import Access, Grant
from bot.core.deciding import decide, judge_again
from bot.core.flow import FlowRef, Patch
from bot.core.intent import Verdict
from bot.core.people import Person
from bot.core.plan import Plan
from bot.core.policy import Policy, parse_policy
from bot.core.request import Decision, Refusal, Request, State
from bot.core.waiting import stepped, steps_due
from bot.core.weighing import weigh

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WITHIN = timedelta(minutes=10)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
BEFORE = {"source_cluster": "a", "target_cluster": "b", "enabled": True}
PLAN = Plan(ref=REF, change=Patch(body={"enabled": False}), before=BEFORE, after=BEFORE | {"enabled": False})

ACCOUNT_OF = {"UASK2": "UASK", "UANN2": "UANN"}
"""Second accounts, where Slack says whose they are."""
USERS = ("UASK", "UASK2", "UANN", "UANN2", "UBOB", "UCAT", "UDAN")
SUBJECTS = (*USERS, "SSRE", "sec", "everyone")
GIVES = {"editor": "request", "approver": "approve", "responder": "bypass", "viewer": ""}

HEAD = '[groups]\nsec = ["UCAT", "UDAN"]\n'
ANY = "[approval]\nquorum = "
POLICIES = {
    "one": (f"{HEAD}{ANY}1\ndenials = 2", [(1, (), ())]),
    "two": (f"{HEAD}{ANY}2\ndenials = 2", [(2, (), ())]),
    "of sre": (f'{HEAD}{ANY}{{ any_of = 1, among = ["SSRE"] }}', [(1, ("SSRE",), ())]),
    "one of each": (f'{HEAD}{ANY}{{ any_of = 2, all_of = ["SSRE", "sec"] }}', [(2, (), ("SSRE", "sec"))]),
    "ann not": (f'{HEAD}{ANY}1\n[[deny]]\nname = "ann"\nwho = ["UANN"]\n', [(1, (), ())]),
    "later one": (
        f'{HEAD}{ANY}2\nsteps = [{{ after = "30m", quorum = 1 }}]\n', [(2, (), ()), (1, (), ())],
    ),
}  # fmt: skip
"""Each with what it takes, and what it takes after half an hour: how many, among whom, one of each of what."""


class Promise(RuleBasedStateMachine):
    """One request after the other, in a team whose members, roles and rules change all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.members = {"UBOB"}
        self.barred: set[str] = set()
        self.grants: dict[tuple[str, str], datetime | None] = {
            ("UASK", "editor"): None, ("everyone", "approver"): None, ("UCAT", "responder"): None,
        }  # fmt: skip
        self.policy_name = "one"
        self.policy: Policy = parse_policy(POLICIES["one"][0])
        self.ask()

    def ask(self) -> None:
        self.request = Request(
            number=1, by="UASK", channel="C1", plan=PLAN, policy=self.policy.digest, asked_at=self.now,
            changed_at=self.now, expires_at=self.now + timedelta(days=30),
        )  # fmt: skip
        self.said: dict[str, tuple[str, Verdict]] = {}
        self.proposed: tuple[str, datetime] | None = None
        self.broken_by: str | None = None

    # What the team is like, for the core and, in other words, for us.

    @property
    def people(self) -> dict[str, Person]:
        return {
            user: Person(
                user, self.policy.groups_of(user, frozenset({"SSRE"} if user in self.members else ())),
                account_of=ACCOUNT_OF.get(user, ""), barred="a guest" if user in self.barred else "",
            )
            for user in USERS
        }  # fmt: skip

    @property
    def access(self) -> Access:
        given = [
            Grant(subject=subject, role=role, scope="acme/*", by="U0", at=START, until=until)
            for (subject, role), until in self.grants.items()
        ]
        return Access.of(given, roles=self.policy.all_roles, denials=self.policy.denials)

    def subjects(self, user: str) -> set[str]:
        if user in self.barred:
            return set()
        groups = ({"SSRE"} if user in self.members else set()) | ({"sec"} if user in {"UCAT", "UDAN"} else set())
        return {user, "everyone"} | groups

    def may(self, user: str, kind: str) -> bool:
        if self.policy_name == "ann not" and user == "UANN":
            return False
        return any(
            subject in self.subjects(user) and GIVES[role] == kind and (until is None or until > self.now)
            for (subject, role), until in self.grants.items()
        )

    def enough(self) -> bool:
        """Whether the approvals of now are what it takes now."""
        voices = [
            by for identity, (by, verdict) in self.said.items()
            if verdict is Verdict.APPROVE and identity != "UASK" and self.may(by, "approve")
        ]  # fmt: skip
        takes = POLICIES[self.policy_name][1]
        late = self.now - self.request.asked_at >= timedelta(minutes=30)
        any_of, among, all_of = takes[-1] if late else takes[0]
        counted = [by for by in voices if not among or self.subjects(by) & set(among)]
        seated = any(
            all(group in self.subjects(by) for group, by in zip(all_of, order, strict=True))
            for order in permutations(counted, len(all_of))
        )
        return self.may("UASK", "request") and len(counted) >= any_of and (seated or not all_of)

    # What happens.

    @rule(user=st.sampled_from(USERS))
    def approves(self, user: str) -> None:
        self.decides(user, Verdict.APPROVE, "", PLAN.digest)

    @rule(user=st.sampled_from(USERS))
    def denies(self, user: str) -> None:
        self.decides(user, Verdict.DENY, "so", PLAN.digest)

    @rule(user=st.sampled_from(["UCAT", "UDAN"]), reason=st.sampled_from(["", "so"]))
    def breaks_the_glass(self, user: str, reason: str) -> None:
        self.decides(user, Verdict.BREAK, reason, PLAN.digest)

    @rule(user=st.sampled_from(USERS), verdict=st.sampled_from(Verdict), reason=st.sampled_from(["", "so"]),
          digest=st.sampled_from([PLAN.digest, "another"]))  # fmt: skip
    def decides(self, user: str, verdict: Verdict, reason: str, digest: str) -> None:
        decision = Decision(by=user, verdict=verdict, digest=digest, at=self.now, reason=reason)
        after = decide(self.request, decision, self.people, self.access, self.policy)
        if isinstance(after, Refusal):
            return
        assert digest == PLAN.digest
        identity = ACCOUNT_OF.get(user, user)
        if verdict is Verdict.BREAK:
            assert self.may(user, "bypass")
            self.breaks(user, reason, after)
        elif verdict in {Verdict.APPROVE, Verdict.DENY}:
            assert identity != "UASK"
            assert self.may(user, "approve")
        elif verdict is Verdict.CANCEL:
            assert user == "UASK"
        if verdict is not Verdict.BREAK or after.is_broken:
            self.said[identity] = (user, verdict)
        self.request = after

    def breaks(self, user: str, reason: str, after: Request) -> None:
        if reason:
            self.proposed = (user, self.now)
            assert not after.is_broken
        else:
            assert self.proposed is not None
            assert self.proposed[0] == user
            assert self.now - self.proposed[1] <= WITHIN
            self.broken_by = user

    @rule(subject=st.sampled_from(SUBJECTS), role=st.sampled_from(sorted(GIVES)), minutes=st.sampled_from([0, 0, 45]))
    def grants_a_role(self, subject: str, role: str, minutes: int) -> None:
        self.grants[subject, role] = self.now + timedelta(minutes=minutes) if minutes else None

    @precondition(lambda self: self.grants)
    @rule(data=st.data())
    def revokes_a_role(self, data: st.DataObject) -> None:
        del self.grants[data.draw(st.sampled_from(sorted(self.grants)))]

    @rule(user=st.sampled_from(USERS))
    def joins_or_leaves_the_group(self, user: str) -> None:
        self.members ^= {user}

    @rule(user=st.sampled_from(USERS))
    def becomes_a_guest_or_is_one_no_more(self, user: str) -> None:
        self.barred ^= {user}

    @rule(name=st.sampled_from(sorted(POLICIES)))
    def changes_the_policy(self, name: str) -> None:
        self.policy_name, self.policy = name, parse_policy(POLICIES[name][0])

    @rule(minutes=st.sampled_from([1, 11, 31, -60]))
    def lets_time_pass_or_jump(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def is_restarted(self) -> None:
        self.request = Request.model_validate_json(self.request.model_dump_json())

    @precondition(lambda self: self.request.state is State.PENDING)
    @rule()
    def is_looked_at_while_it_waits(self) -> None:
        if steps_due(self.request, self.policy, self.now):
            self.request = stepped(self.request, self.people, self.access, self.policy, self.now)

    @precondition(lambda self: self.request.state is State.APPROVED)
    @rule()
    def is_about_to_be_sent(self) -> None:
        fallen = judge_again(self.request, self.people, self.access, self.policy, self.now)
        if fallen is None:
            self.ask()
        else:
            assert fallen.state in {State.PENDING, State.DENIED}
            if self.request.is_broken:
                self.broken_by = self.proposed = None
            self.request = fallen

    @precondition(lambda self: not self.request.is_open)
    @rule()
    def is_asked_again(self) -> None:
        assert self.request.state in {State.DENIED, State.CANCELLED}
        self.ask()

    @invariant()
    def what_would_be_sent_now_is_what_may_be_sent_now(self) -> None:
        fallen = judge_again(self.request, self.people, self.access, self.policy, self.now)
        if self.request.is_broken:
            assert self.broken_by is not None
            assert (fallen is None) == self.may(self.broken_by, "bypass")
        else:
            assert (fallen is None) == self.enough()

    @invariant()
    def nobody_counts_twice_or_for_themselves(self) -> None:
        counted = weigh(self.request, self.people, self.access, self.policy, self.now).counted
        identities = [ACCOUNT_OF.get(user, user) for user in counted]
        assert len(set(identities)) == len(identities)
        assert "UASK" not in identities


TestPromise = Promise.TestCase
TestPromise.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
