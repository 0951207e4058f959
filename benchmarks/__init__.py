"""What Sluice costs: its acknowledgement beside bare servers, its parser and decisions, its start and its memory."""
