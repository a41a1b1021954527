"""The public source: the market as the archive of key-less providers knows it."""
