"""The documents repeat some facts of the code; here they are held to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic.fields import FieldInfo

from bot import __version__
from bot.core.grammar.verbs import VERBS
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MANIFEST = (ROOT / "app-manifest.yml").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def rows(first: str) -> list[tuple[str, ...]]:
    """The cells of the README's table with this first heading."""
    table = README.partition(f"| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [re.split(r"(?<!\\)\|", line.strip("|")) for line in table]
    return [tuple(cell.strip().strip("`").replace("\\|", "|") for cell in row) for row in cells]


def test_the_readme_lists_every_command_as_the_bot_does() -> None:
    assert rows("command") == [(f"/flow {verb.usage}", verb.summary) for verb in VERBS]


def test_the_readme_lists_every_setting_as_the_code_does() -> None:
    fields = Settings.model_fields.values()
    assert sorted(rows("variable")) == sorted(
        (str(each.validation_alias), each.description or "", without(each)) for each in fields
    )


def without(field: FieldInfo) -> str:
    """What holds when a setting is not set, as the README says it."""
    return "must be set" if field.is_required() else str(field.default or "—")


def test_the_readme_and_ci_run_the_same_test_command() -> None:
    commands = re.findall(r"^    (make .+)$", README, re.MULTILINE)
    assert commands == ["make try", "make test"]
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test"


def test_the_promise_stands_in_the_readme_and_in_the_architecture() -> None:
    quoted = [
        re.findall(r"^> (.+)$", (ROOT / name).read_text(), re.MULTILINE)
        for name in ("README.md", "docs/architecture.md")
    ]
    readme, architecture = (" ".join(lines) for lines in quoted)
    assert readme.startswith("An accepted command is never lost.")
    assert readme == architecture


@pytest.mark.parametrize("target", ["help", "try", "test", "lint", "check", "bench"])
def test_the_makefile_has_the_target_and_explains_it(target: str) -> None:
    assert re.search(rf"^{target}:.*## \S", MAKEFILE, re.MULTILINE)


def test_the_changelog_names_this_version() -> None:
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def over_http() -> str:
    """The manifest with its HTTP lines in force."""
    return re.sub(r"# HTTP: ", "", MANIFEST.replace("  socket_mode_enabled: true\n", ""))


@pytest.mark.parametrize("text", [MANIFEST, over_http()], ids=["socket mode", "http"])
def test_the_manifest_is_what_slack_takes(text: str) -> None:
    """Limits of docs.slack.dev/reference/app-manifest; unknown keys are refused there."""
    manifest: dict[str, Any] = yaml.safe_load(text)
    assert manifest.keys() == {"_metadata", "display_information", "features", "oauth_config", "settings"}
    shown = manifest["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == "/flow"
    assert command["should_escape"] is True
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {
        "commands",
        "chat:write",
        "chat:write.public",
        "users:read",
        "usergroups:read",
    }
    http = not manifest["settings"]["socket_mode_enabled"]
    assert ("url" in command) is http
    assert ("request_url" in manifest["settings"]["interactivity"]) is http
    if http:
        assert command["url"].endswith("/slack/events")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_hashes_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    pinned = re.findall(r"^\S+==\S+ \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z]", text, re.MULTILINE))


def test_the_image_is_pinned_and_does_not_run_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^FROM python:[\d.]+-slim-\w+@sha256:[0-9a-f]{64} AS base$", dockerfile, re.MULTILINE)
    assert re.search(r"^USER [1-9]", dockerfile, re.MULTILINE)
    assert "HEALTHCHECK" in dockerfile
    assert "--require-hashes" in dockerfile
