"""What can be exported, by format."""

from __future__ import annotations

from typing import Final

from bot.core.flow import Create, FlowRef, Wire, apply, writable
from bot.core.intent import Format
from bot.core.plan import Plan
from bot.export import shell, terraform

_LINES: Final = {Format.AVN: shell.avn, Format.CURL: shell.curl}


def of_flow(wanted: Format, ref: FlowRef, flow: Wire) -> str:
    """A flow as it is: a line that makes such a flow, or Terraform that takes it over."""
    if wanted is Format.TERRAFORM:
        return terraform.resource(ref, flow)
    stored = apply({}, Create(body=writable(flow))) or {}
    return _LINES[wanted](ref, Create(body=stored))


def of_plan(wanted: Format, plan: Plan) -> str:
    """A change: the line that does what Sluice would send, or Terraform as it has to be afterwards."""
    if wanted is Format.TERRAFORM:
        return terraform.after(plan)
    return _LINES[wanted](plan.ref, plan.change)
