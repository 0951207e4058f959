"""Values -> Block Kit. Escaping and Slack's limits live in `kit.py`, once."""
