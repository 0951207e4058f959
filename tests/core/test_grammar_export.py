"""What is to be exported is named as a flow or by the number of a request, with or without a format."""

from __future__ import annotations

import pytest

from bot.core.grammar import Mistake, parse
from bot.core.intent import INTENT, ExportFlow, FlowName, Format

AB = FlowName(source="a", target="b")


@pytest.mark.parametrize(("text", "asked"), [
    ("export a -> b", ExportFlow(what=AB)),
    ("export a to b AVN", ExportFlow(what=AB, format=Format.AVN)),
    ("export curl a->b --page 2", ExportFlow(what=AB, format=Format.CURL, page=2)),
    ("export acme/mm2/a->b terraform", ExportFlow(what=AB.model_copy(update={"project": "acme", "service": "mm2"}))),
    ("export --source-cluster a --target-cluster b avn", ExportFlow(what=AB, format=Format.AVN)),
    ("export 42", ExportFlow(what=42)),
    ("export #42 avn", ExportFlow(what=42, format=Format.AVN)),
    ("export curl 42", ExportFlow(what=42, format=Format.CURL)),
    ("export 42 -> b", ExportFlow(what=FlowName(source="42", target="b"))),
    ("export avn -> curl", ExportFlow(what=FlowName(source="avn", target="curl"))),
])  # fmt: skip
def test_an_export_is_asked_for_by_flow_or_number(text: str, asked: ExportFlow) -> None:
    assert parse(text) == asked
    assert INTENT.validate_json(asked.model_dump_json()) == asked


@pytest.mark.parametrize("text", ["export", "export a", "export 42 43", "export a -> b hcl", "export a -> b avn curl"])
def test_an_export_of_nothing_known_is_a_mistake(text: str) -> None:
    made = parse(text)
    assert isinstance(made, Mistake)
    assert made.what
