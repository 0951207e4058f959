"""Numbers and settings that cannot work, or work otherwise than hoped."""

from __future__ import annotations

import pytest

from bot.core.fields import KAFKA_CONFIG_EXCLUSIONS
from bot.core.flow import Wire
from bot.core.preflight.finding import Level
from tests.core.preflight.scenes import EU, FLOW, OFF, ONPREM, US, A, B, Scene, flow, new, of_rule, scene

OUT = "onprem"
EXTERNAL = (EU, US, ONPREM)
FROM_OUT: Wire = flow(OUT, B)
BACKWARD = FROM_OUT | {"emit_backward_heartbeats_enabled": True}
AT_TARGET = flow(A, OUT) | {"offset_syncs_topic_location": "target"}
BEATING = FLOW | {"emit_heartbeats_enabled": True}
ALL_BUT_ONE = KAFKA_CONFIG_EXCLUSIONS.replace(r"message\.timestamp\.type, ", "").replace(" ", "")

EXAMPLES = {
    "replication-factor": new("topics=orders.* factor=5"),
    "offset-lag": scene("update offset-lag=0"),
    "config-exclude": scene(f"update config-exclude={ALL_BUT_ONE}"),
    "offset-syncs": new("", (OUT, B), clusters=EXTERNAL),
    "heartbeats-off": scene("update heartbeats=off"),
    "backward-heartbeats": new("backward-heartbeats=on", (OUT, B), clusters=EXTERNAL),
    "follower-fetching": scene("update follower-fetching=on", FLOW | {"follower_fetching_enabled": False}),
}


@pytest.mark.parametrize(("rule", "asked", "level", "words"), [
    ("replication-factor", EXAMPLES["replication-factor"], Level.STOP, "kafka-us has 3"),
    ("replication-factor", scene("update factor=4", FLOW | {"replication_factor": 3}), Level.STOP, "`factor` 4"),
    ("replication-factor", scene("update factor=1"), Level.WARN, "It has 3 brokers"),
    ("offset-lag", EXAMPLES["offset-lag"], Level.NOTE, "every record"),
    ("offset-lag", new("offset-lag=101"), Level.NOTE, "Above the default of 100"),
    ("config-exclude", EXAMPLES["config-exclude"], Level.NOTE, "`message.timestamp.type` is copied"),
    ("config-exclude", new("config-exclude=x"), Level.NOTE, "and 2 more are copied"),
    ("offset-syncs", EXAMPLES["offset-syncs"], Level.NOTE, "Or use `offset-syncs-location=target`"),
    ("offset-syncs", new("offset-syncs-location=target", (A, OUT), clusters=EXTERNAL), Level.NOTE,
     "read and write it there."),
    ("offset-syncs", scene("update offset-syncs-location=target", flow(A, OUT), (A, OUT), clusters=EXTERNAL),
     Level.NOTE, "kept on `onprem`"),
    ("heartbeats-off", EXAMPLES["heartbeats-off"], Level.NOTE, "takes the flow for dead"),
    ("heartbeats-off", scene("update heartbeats=off", BEATING), Level.NOTE, "kafka-us"),
    ("backward-heartbeats", EXAMPLES["backward-heartbeats"], Level.WARN, "needs write access"),
    ("backward-heartbeats", scene("update backward-heartbeats=on", FROM_OUT, (OUT, B), clusters=EXTERNAL), Level.WARN,
     "`onprem`"),
    ("follower-fetching", EXAMPLES["follower-fetching"], Level.NOTE, "if kafka-eu allows"),
])  # fmt: skip
def test_what_cannot_work_or_costs_is_told(rule: str, asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule(rule, asked)
    assert found.level is level
    assert words in found.text
    assert found.breakable is (level is Level.STOP)


@pytest.mark.parametrize(("rule", "asked"), [
    ("replication-factor", new("factor=3")),
    ("replication-factor", new("factor=2")),
    ("replication-factor", new("")),
    ("replication-factor", new("factor=5", nodes={})),
    ("replication-factor", new("factor=5", nodes={A: 3})),
    ("replication-factor", new("factor=1", nodes={B: 1})),
    ("replication-factor", scene("exactly-once on", FLOW | {"replication_factor": 5})),
    ("replication-factor", scene("delete", FLOW | {"replication_factor": 5})),
    ("offset-lag", new("offset-lag=100")),
    ("offset-lag", new("offset-lag=50")),
    ("offset-lag", scene("pause", FLOW | {"offset_lag_max": 0})),
    ("config-exclude", new("")),
    ("config-exclude", new(f"config-exclude={KAFKA_CONFIG_EXCLUSIONS.replace(' ', '')},x")),
    ("config-exclude", new(f"config-exclude={KAFKA_CONFIG_EXCLUSIONS.replace(' ', '').replace(chr(92), '')}")),
    ("config-exclude", scene("update config-exclude=", FLOW | {"config_properties_exclude": "x"})),
    ("offset-syncs", new("")),
    ("offset-syncs", new("offset-syncs-location=target", (OUT, B), clusters=EXTERNAL)),
    ("offset-syncs", new("", (A, OUT), clusters=EXTERNAL)),
    ("offset-syncs", new("", (OUT, B), clusters=None)),
    ("offset-syncs", scene("exactly-once on", FROM_OUT, (OUT, B), clusters=EXTERNAL)),
    ("offset-syncs", scene("delete", AT_TARGET, (A, OUT), clusters=EXTERNAL)),
    ("heartbeats-off", new("heartbeats=off")),
    ("heartbeats-off", scene("update heartbeats=on")),
    ("heartbeats-off", scene("pause", FLOW | {"emit_heartbeats_enabled": False})),
    ("heartbeats-off", scene("delete", BEATING)),
    ("backward-heartbeats", new("backward-heartbeats=on")),
    ("backward-heartbeats", new("backward-heartbeats=on", (A, OUT), clusters=EXTERNAL)),
    ("backward-heartbeats", new("", (OUT, B), clusters=EXTERNAL)),
    ("backward-heartbeats", scene("pause", BACKWARD, (OUT, B), clusters=EXTERNAL)),
    ("follower-fetching", scene("resume", OFF)),
    ("follower-fetching", new("follower-fetching=on")),
    ("follower-fetching", scene("update follower-fetching=off")),
])  # fmt: skip
def test_what_works_or_is_not_touched_is_not_told(rule: str, asked: Scene) -> None:
    assert not of_rule(rule, asked)
