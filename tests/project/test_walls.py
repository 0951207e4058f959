"""The walls between the rooms of docs/architecture.md, by reading the imports of every file."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for room in ("bot", "handlers")
    for path in (ROOT / room).rglob("*.py")
}
IMPURE = {"asyncio", "time", "os", "logging", "random", "socket", "subprocess", "pathlib", "secrets", "threading"}
SLACK = {"slack_bolt", "slack_sdk"}
LONGEST = 300


def imports(module: str) -> Iterator[str]:
    """The modules that a file imports, those inside functions included."""
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def ours(name: str) -> str | None:
    """The file of ours that an imported name stands in."""
    while name and name not in FILES:
        name = name.rpartition(".")[0]
    return name or None


def tops(module: str) -> set[str]:
    return {name.partition(".")[0] for name in imports(module)}


def users(*packages: str) -> set[str]:
    """The files that import one of these packages."""
    return {module for module in FILES if tops(module) & set(packages)}


def under(*rooms: str) -> set[str]:
    return {module for module in FILES if any(module == room or module.startswith(f"{room}.") for room in rooms)}


@pytest.mark.parametrize("module", sorted(under("bot.core")))
def test_the_core_imports_the_pure_standard_library_and_pydantic_only(module: str) -> None:
    outside = tops(module) - {"bot", "pydantic", "__future__"}
    assert outside <= set(sys.stdlib_module_names) - IMPURE, outside
    assert {name for name in map(ours, imports(module)) if name} <= under("bot.core")


@pytest.mark.parametrize("module", sorted(under("bot.export")))
def test_the_exports_import_the_core_and_what_it_may_import_only(module: str) -> None:
    outside = tops(module) - {"bot", "pydantic", "__future__"}
    assert outside <= set(sys.stdlib_module_names) - IMPURE, outside
    assert {name for name in map(ours, imports(module)) if name} <= under("bot.core", "bot.export")


def test_httpx_is_imported_by_one_file() -> None:
    assert users("httpx") == {"bot.aiven.client"}


def test_redis_is_imported_by_the_store_only() -> None:
    allowed = under("bot.store") | {"bot.app"}
    assert users("redis") <= allowed


def test_slack_is_imported_where_it_comes_in_and_goes_out() -> None:
    assert users(*SLACK) <= under("handlers", "bot.cards", "bot.sandbox") | {"bot.app", "bot.sender"}


def test_no_handler_imports_another_or_aiven() -> None:
    """`handlers.bolt` is where they are put together."""
    for module in under("handlers") - {"handlers.bolt"}:
        reached = {name for name in map(ours, imports(module)) if name} - {"handlers"}
        assert not reached & under("handlers", "bot.aiven", "bot.desk", "bot.store"), module


def test_the_simulators_are_imported_by_the_command_line_only() -> None:
    sandbox = under("bot.sandbox")
    for module in set(FILES) - sandbox:
        if {ours(name) for name in imports(module)} & sandbox:
            assert module == "bot.cli"


def test_no_import_goes_round_in_a_circle() -> None:
    graph = {
        module: {
            name
            for each in imports(module)
            if (name := ours(each)) and name != module and FILES[name].name != "__init__.py"
        }
        for module in FILES
    }
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", [*FILES.values(), *(ROOT / "tests").rglob("*.py")], ids=str)
def test_no_file_is_longer_than_a_reader_can_hold(path: Path) -> None:
    assert path.read_text().count("\n") <= LONGEST
