"""When each provider is asked, what came of it, and the poller that asks."""
