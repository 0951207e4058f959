"""Sluice: controls the replication flows of Aiven for Apache Kafka MirrorMaker 2 from Slack."""

__version__ = "0.1.0"
