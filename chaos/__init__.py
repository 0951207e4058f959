"""Two bots that are killed again and again under load, and the promise checked from outside."""
