"""What a person can ask for: one model per thing, told apart by `kind`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue, TypeAdapter

from bot.core.asked import Asked, Proposing
from bot.core.flow import Frozen
from bot.core.questions import ShowStatus
from bot.core.remedy import AdoptDrift, ListDrift, PutBack


class FlowName(Frozen):
    """A flow as somebody named it; what is missing comes from the channel's default or from looking it up."""

    source: str
    target: str
    service: str | None = None
    project: str | None = None

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


class Operator(StrEnum):
    """How an edit changes a field: `=` sets it (or clears it when nothing follows), `+=` and `-=` change a list."""

    SET = "="
    ADD = "+="
    REMOVE = "-="


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One `name=value` of a command; `field` is the wire name."""

    field: str
    operator: Operator
    value: JsonValue


class ListFlows(Asked):
    """The flows of a MirrorMaker service."""

    kind: Literal["list"] = "list"
    page: int = 1


class ShowFlow(Asked):
    """One flow as it is now."""

    kind: Literal["show"] = "show"
    flow: FlowName
    page: int = 1


class PreviewTopics(Asked):
    """Which topics a flow copies, and which it would with these edits; the flow may not be there yet."""

    kind: Literal["topics"] = "topics"
    flow: FlowName
    edits: tuple[Edit, ...] = ()
    page: int = 1


class Format(StrEnum):
    """What a flow, or a change of one, can be exported as."""

    TERRAFORM = "terraform"
    AVN = "avn"
    CURL = "curl"


class ExportFlow(Asked):
    """A flow as it is, or the change of the request with this number, as something to run elsewhere."""

    kind: Literal["export"] = "export"
    what: FlowName | int
    format: Format = Format.TERRAFORM
    page: int = 1


class Asking(Proposing):
    """An intent that becomes a request for a change of one flow."""

    flow: FlowName


class CreateFlow(Asking):
    """A new flow with these fields."""

    kind: Literal["create"] = "create"
    edits: tuple[Edit, ...] = ()


class UpdateFlow(Asking):
    """Other values for fields of a flow; exactly-once, pause and resume are this too."""

    kind: Literal["update"] = "update"
    edits: tuple[Edit, ...]


class DeleteFlow(Asking):
    """The flow goes away."""

    kind: Literal["delete"] = "delete"


class ChangeMany(Proposing):
    """The same change of several flows, which are named, or are all those that read from one cluster."""

    kind: Literal["many"] = "many"
    verb: Literal["create", "update", "delete"]
    flows: tuple[FlowName, ...] = ()
    all_from: str = ""
    edits: tuple[Edit, ...] = ()


class Undo(Proposing):
    """What a request has changed is to be as it was before."""

    kind: Literal["undo"] = "undo"
    number: int


class ListRequests(Asked):
    """The open requests, newest first."""

    kind: Literal["requests"] = "requests"
    page: int = 1


class ShowRequest(Asked):
    """One request with its decisions and result."""

    kind: Literal["request"] = "request"
    number: int
    page: int = 1


NO_REQUEST: Final = 0
"""A number that no request has."""


class Verdict(StrEnum):
    """What somebody says about a request."""

    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"
    BREAK = "break-glass"
    REVIEW = "review"


class Decide(Asked):
    """A decision about a request, by command, button or form."""

    kind: Literal["decide"] = "decide"
    number: int
    verdict: Verdict
    reason: str = ""


class AskReason(Asked):
    """Show the form that asks for the words of a verdict: why it is denied, what a review found."""

    kind: Literal["ask-reason"] = "ask-reason"
    number: int
    verdict: Verdict = Verdict.DENY


class GrantRole(Asked):
    """Give a role; `subject` is a user id or `everyone`, `lasting` seconds until it ends by itself."""

    kind: Literal["grant"] = "grant"
    subject: str
    role: str
    scope: str
    lasting: int | None = None
    reason: str = ""


class RevokeRole(Asked):
    """Take a role away again."""

    kind: Literal["revoke"] = "revoke"
    subject: str
    role: str
    scope: str


class ListRoles(Asked):
    """Who holds which role where; `ending`: only what ends by itself, the soonest first."""

    kind: Literal["roles"] = "roles"
    ending: bool = False
    page: int = 1


class UseService(Asked):
    """Make a MirrorMaker service the channel's default; without one, tell which it is."""

    kind: Literal["use"] = "use"


class VerifyAudit(Asked):
    """Whether the audit chain is whole."""

    kind: Literal["audit"] = "audit"


class History(Asked):
    """What became of requests, the newest first; of one flow, when it is named.

    `by`: only what this user did. `since`: only what ended in so many seconds before now. `whole`: those too that left
    no trace.
    """

    kind: Literal["history"] = "history"
    flow: FlowName | None = None
    by: str | None = None
    since: int | None = None
    whole: bool = False
    page: int = 1


class FreezeScope(Asked):
    """Apply nothing on a scope for `lasting` seconds, or until a moment as it was typed."""

    kind: Literal["freeze"] = "freeze"
    scope: str
    lasting: int | None = None
    until: str = ""
    reason: str = ""


class Unfreeze(Asked):
    """Let changes on a frozen scope through again."""

    kind: Literal["unfreeze"] = "unfreeze"
    scope: str


class ListFreezes(Asked):
    """What is frozen now."""

    kind: Literal["freezes"] = "freezes"


class ListReviews(Asked):
    """The changes that were made without their approvals and that nobody has reviewed yet."""

    kind: Literal["reviews"] = "reviews"
    page: int = 1


class ShowPolicy(Asked):
    """The policy in force, in words."""

    kind: Literal["policy"] = "policy"


class Explain(Asked):
    """Whether somebody may ask for a change, what it takes, and why."""

    kind: Literal["explain"] = "explain"
    subject: str
    asking: CreateFlow | UpdateFlow | DeleteFlow


class WhoAmI(Asked):
    """What the asker may do here."""

    kind: Literal["whoami"] = "whoami"


class Help(Asked):
    """How to ask; `topic` is a verb."""

    kind: Literal["help"] = "help"
    topic: str | None = None


Intent = Annotated[
    ListFlows | ShowFlow | ExportFlow | CreateFlow | UpdateFlow | DeleteFlow | ChangeMany | Undo | ListRequests
    | ShowRequest | Decide | AskReason | GrantRole | RevokeRole | ListRoles | UseService | VerifyAudit
    | History | FreezeScope | Unfreeze | ListFreezes | ListReviews | ShowPolicy | Explain | WhoAmI | Help
    | PreviewTopics | ShowStatus | ListDrift | AdoptDrift | PutBack,
    Field(discriminator="kind"),
]  # fmt: skip

INTENT: TypeAdapter[Intent] = TypeAdapter(Intent)
