"""docs/warnings.md is made from the rules, and is up to date."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from bot.core.preflight.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "warnings.md"


def tool() -> ModuleType:
    """`tools/` is no package, so the script is loaded by its path."""
    spec = spec_from_file_location("warnings_page", ROOT / "tools" / "warnings_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_tool_writes() -> None:
    assert PAGE.read_text() == tool().page(), "run: PYTHONPATH=. python tools/warnings_page.py"


def test_every_rule_has_its_section_and_its_line() -> None:
    text = PAGE.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [rule.name for rule in RULES]
    assert re.findall(r"^\| \[([a-z-]+)\]\(#\1\) \|", text, re.MULTILINE) == [rule.name for rule in RULES]


def test_every_example_is_quoted() -> None:
    quoted = re.findall(r"^> (.+)$", PAGE.read_text(), re.MULTILINE)
    assert quoted == [rule.example for rule in RULES]
