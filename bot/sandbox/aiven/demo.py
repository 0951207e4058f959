"""The account of the guided tour: two projects with a MirrorMaker service each, and flows."""

from __future__ import annotations

from bot.core.fields import DEFAULT_POLICY, MIRRORMAKER_EXCLUSIONS
from bot.sandbox.aiven.model import KAFKA
from bot.sandbox.aiven.world import World

WEEK_HOURS = 7 * 24
FOR_EVER = -1


def demo_world() -> World:
    """A fresh copy of the tour's account."""
    world = World()
    _add_production(world)
    _add_lab(world)
    return world


def _add_production(world: World) -> None:
    world.add_project("acme-prod")
    world.add_service("acme-prod", "mm2-eu")
    for region in ("eu", "us", "ap"):
        _attach(world, "acme-prod", "mm2-eu", f"kafka-{region}-prod", f"kafka-{region}")
    world.add_endpoint("acme-prod", "datacenter-kafka")
    world.add_integration("acme-prod", source_endpoint="datacenter-kafka", dest_service="mm2-eu", alias="onprem")
    _add_production_topics(world)
    _add_production_flows(world)


def _attach(world: World, project: str, mirrormaker: str, kafka: str, alias: str) -> None:
    world.add_service(project, kafka, KAFKA)
    world.add_integration(project, source_service=kafka, dest_service=mirrormaker, alias=alias)


def _add_production_topics(world: World) -> None:
    eu = ("acme-prod", "kafka-eu-prod")
    world.add_topics(*eu, "orders.created", "orders.shipped", partitions=12, retention_hours=WEEK_HOURS)
    world.add_topics(*eu, "orders.cancelled", retention_hours=24)
    world.add_topics(*eu, "payments.authorized", "payments.settled", partitions=6, retention_hours=30 * 24)
    world.add_topics(*eu, "refunds.requested", retention_hours=72)
    world.add_topics(*eu, "customers.profile", cleanup_policy="compact", retention_hours=FOR_EVER)
    world.add_topics(*eu, "_schemas", partitions=1, cleanup_policy="compact", retention_hours=FOR_EVER)
    us = ("acme-prod", "kafka-us-prod")
    world.add_topics(*us, "inventory.levels", cleanup_policy="compact", retention_hours=FOR_EVER)
    world.add_topics(*us, "inventory.moves", retention_hours=48)
    world.add_topics(*us, "kafka-eu.orders.created", "kafka-eu.orders.shipped", partitions=12)
    world.add_topics("acme-prod", "kafka-ap-prod", "kafka-us.inventory.levels", "kafka-us.inventory.moves")


def _add_production_flows(world: World) -> None:
    world.add_flow(
        "acme-prod",
        "mm2-eu",
        {
            "source_cluster": "kafka-eu",
            "target_cluster": "kafka-us",
            "enabled": True,
            "topics": [r"orders\..*", r"payments\..*"],
            "topics.blacklist": [*MIRRORMAKER_EXCLUSIONS],
            "replication_policy_class": DEFAULT_POLICY,
            "sync_group_offsets_enabled": True,
            "sync_group_offsets_interval_seconds": 60,
            "emit_heartbeats_enabled": True,
            "offset_syncs_topic_location": "source",
            "exactly_once_delivery_enabled": False,
            "follower_fetching_enabled": True,
        },
        progress=0.98,
    )
    world.add_flow(
        "acme-prod",
        "mm2-eu",
        {
            "source_cluster": "kafka-us",
            "target_cluster": "kafka-ap",
            "enabled": True,
            "topics": [r"inventory\..*"],
            "follower_fetching_enabled": True,
        },
    )


def _add_lab(world: World) -> None:
    world.add_project("acme-lab")
    world.add_service("acme-lab", "mm2-lab", node_count=1)
    for letter in ("a", "b"):
        _attach(world, "acme-lab", "mm2-lab", f"kafka-lab-{letter}", f"lab-{letter}")
    world.add_topics("acme-lab", "kafka-lab-a", "trial.clicks", "trial.views", partitions=1, retention_hours=4)
    world.add_flow(
        "acme-lab",
        "mm2-lab",
        {"source_cluster": "lab-a", "target_cluster": "lab-b", "enabled": False, "topics": [r"trial\..*"]},
    )
