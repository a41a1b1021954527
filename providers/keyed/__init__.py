"""Keys of keyed services: where they are found, how they are kept out of sight, and what they are refused."""
