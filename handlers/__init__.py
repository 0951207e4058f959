"""Inbound Slack only: each file takes one kind of delivery, parses it, and hands it to the intake."""
