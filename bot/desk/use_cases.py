"""THE table of use cases: what deals with each thing that a person can ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from bot.core.intent import (
    AskReason,
    ChangeMany,
    CreateFlow,
    Decide,
    DeleteFlow,
    Explain,
    ExportFlow,
    FreezeScope,
    GrantRole,
    Help,
    History,
    ListFlows,
    ListFreezes,
    ListRequests,
    ListReviews,
    ListRoles,
    PreviewTopics,
    RevokeRole,
    ShowFlow,
    ShowPolicy,
    ShowRequest,
    Undo,
    Unfreeze,
    UpdateFlow,
    UseService,
    VerifyAudit,
    WhoAmI,
)
from bot.core.questions import ShowStatus
from bot.core.remedy import AdoptDrift, ListDrift, PutBack
from bot.desk import (
    asking,
    auditing,
    deciding,
    drifting,
    exporting,
    freezing,
    granting,
    history,
    many,
    overview,
    previewing,
    reading,
    ruling,
    undoing,
)
from bot.desk.desk import Case, Handled

USE_CASES: Final[dict[type, Callable[[Case, Any], Awaitable[Handled]]]] = {
    CreateFlow: asking.ask,
    UpdateFlow: asking.ask,
    DeleteFlow: asking.ask,
    ChangeMany: many.ask,
    Undo: undoing.undo,
    Decide: deciding.decide,
    AskReason: deciding.ask_reason,
    GrantRole: granting.grant,
    RevokeRole: granting.revoke,
    ListRoles: granting.list_roles,
    UseService: granting.use_service,
    VerifyAudit: auditing.verify,
    FreezeScope: freezing.freeze,
    Unfreeze: freezing.unfreeze,
    ListFreezes: freezing.list_freezes,
    ShowPolicy: ruling.show,
    Explain: ruling.explained,
    ListFlows: reading.list_flows,
    ShowStatus: overview.status,
    ShowFlow: reading.show_flow,
    ExportFlow: exporting.export_flow,
    PreviewTopics: previewing.preview,
    ListRequests: reading.list_requests,
    ListReviews: reading.list_reviews,
    ShowRequest: reading.show_request,
    History: history.history,
    ListDrift: drifting.list_drift,
    AdoptDrift: drifting.adopt,
    PutBack: drifting.put_back,
    WhoAmI: reading.who_am_i,
    Help: reading.help_,
}
