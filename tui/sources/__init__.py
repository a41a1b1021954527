"""How the source a user picked is opened, read and kept ticking."""
