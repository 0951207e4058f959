"""The use cases: load, let the core decide, commit. One file each; they know no Slack but the cards they hand out."""
