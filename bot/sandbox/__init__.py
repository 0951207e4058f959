"""Simulators of Aiven and Slack, to try Sluice with and to test it against."""
