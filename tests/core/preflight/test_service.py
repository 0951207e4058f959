"""The condition of the MirrorMaker service and of its integrations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.preflight.finding import Level
from bot.core.preflight.surroundings import Mirror, Upkeep
from tests.core.preflight.scenes import EU, OFF, US, Scene, new, of_rule, scene

NAME = "mm2-eu"
OFF_SERVICE = Mirror(name=NAME, state="POWEROFF")
BUILDING = Mirror(name=NAME, state="REBUILDING", nodes={"mm2-eu-1": "running", "mm2-eu-2": "setting_up_vm"})
MOVING = Mirror(name=NAME, state="REBALANCING")
NOTICED = Mirror(name=NAME, state="RUNNING", notices=("This version reaches its end of life on 2027-01-31.",))
FAILED = replace(US, active=False, status="failed", cause="destination")


def upkeep(*updates: Upkeep) -> Mirror:
    return Mirror(name=NAME, state="RUNNING", upkeep=updates)


def update(deadline: str = "", start_at: str = "") -> Upkeep:
    return Upkeep(description="Apache Kafka version update", deadline=deadline, start_at=start_at)


DUE = update("2026-11-25T12:00:00Z")
EXAMPLES = {
    "powered-off": scene("pause", mirror=OFF_SERVICE),
    "not-running": scene("pause", mirror=BUILDING),
    "integration": scene("resume", OFF, clusters=(EU, FAILED)),
    "maintenance": scene("pause", mirror=upkeep(DUE)),
    "notices": scene("resume", OFF, mirror=NOTICED),
}


@pytest.mark.parametrize(("rule", "asked", "level", "words"), [
    ("powered-off", EXAMPLES["powered-off"], Level.STOP, "powered off"),
    ("powered-off", scene("delete", mirror=OFF_SERVICE), Level.STOP, "powered off"),
    ("not-running", EXAMPLES["not-running"], Level.WARN, "`mm2-eu-2` not ready"),
    ("not-running", scene("pause", mirror=Mirror(name=NAME, state="NEW")), Level.WARN, "is NEW, not RUNNING"),
    ("not-running", scene("pause", mirror=MOVING), Level.NOTE, "rebalancing"),
    ("integration", EXAMPLES["integration"], Level.WARN, "cause: destination"),
    ("integration", scene("resume", OFF, clusters=(EU, replace(FAILED, cause="", errors=("no route",)))), Level.WARN,
     "(“no route”)"),
    ("integration", scene("exactly-once on", clusters=(replace(EU, active=False), US)), Level.WARN, "not active"),
    ("integration", scene("exactly-once on", clusters=(replace(EU, enabled=False), US)), Level.WARN, "not enabled"),
    ("integration", scene("resume", OFF, clusters=(replace(EU, enabled=False), US)), Level.STOP, "not enabled"),
    ("integration", new("", clusters=(EU, replace(US, enabled=False))), Level.STOP, "`kafka-us`"),
    ("maintenance", EXAMPLES["maintenance"], Level.NOTE, "until 2026-11-25"),
    ("maintenance", scene("pause", mirror=upkeep(update(start_at="2026-11-23T18:00:00Z"))), Level.NOTE, "starts at"),
    ("maintenance", scene("pause", mirror=upkeep(update("2026-11-24T12:00:00"))), Level.NOTE, "until 2026-11-24"),
    ("maintenance", scene("pause", mirror=upkeep(update())), Level.NOTE, "waits on mm2-eu: "),
    ("maintenance", scene("pause", mirror=upkeep(update("soon"), DUE)), Level.NOTE, "(and 1 more update)"),
    ("notices", EXAMPLES["notices"], Level.NOTE, "end of life"),
    ("notices", new("", mirror=replace(NOTICED, notices=("one", "two", "three"))), Level.NOTE, "(and 2 more notices)"),
])  # fmt: skip
def test_trouble_is_told(rule: str, asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule(rule, asked)
    assert found.level is level
    assert words in found.text
    assert found.breakable is (level is Level.STOP)


@pytest.mark.parametrize(("rule", "asked"), [
    ("powered-off", scene("pause")),
    ("powered-off", scene("pause", mirror=None)),
    ("powered-off", scene("pause", mirror=BUILDING)),
    ("not-running", scene("pause")),
    ("not-running", scene("pause", mirror=None)),
    ("not-running", scene("pause", mirror=OFF_SERVICE)),
    ("integration", scene("pause", clusters=(EU, FAILED))),
    ("integration", scene("delete", clusters=(EU, FAILED))),
    ("integration", scene("update exactly-once=on", OFF, clusters=(EU, FAILED))),
    ("integration", scene("resume", OFF, clusters=None)),
    ("integration", scene("resume", OFF)),
    ("maintenance", scene("pause")),
    ("maintenance", scene("pause", mirror=None)),
    ("maintenance", scene("delete", mirror=upkeep(DUE))),
    ("maintenance", scene("pause", mirror=upkeep(update("2026-12-24T12:00:00Z")))),
    ("notices", scene("pause", mirror=NOTICED)),
    ("notices", scene("exactly-once on", mirror=NOTICED)),
    ("notices", scene("resume", OFF)),
    ("notices", scene("resume", OFF, mirror=None)),
])  # fmt: skip
def test_what_is_well_or_of_no_matter_is_not_told(rule: str, asked: Scene) -> None:
    assert not of_rule(rule, asked)


def test_both_integrations_are_told() -> None:
    asked = scene("resume", OFF, clusters=(replace(EU, active=False), FAILED))
    assert len(of_rule("integration", asked)) == 2
