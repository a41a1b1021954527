"""How a host is asked over HTTP: pace, retries, limits, and what an answer means."""
