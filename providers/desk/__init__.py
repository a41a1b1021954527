"""Several terminals that poll once: what they tell each other over a Redis or Valkey server, and what they never do."""
