"""Opens the source that the user chose, reads its market, and keeps its prices ticking."""
