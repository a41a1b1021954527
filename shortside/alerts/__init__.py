"""Says which rules of alerts a market has just crossed, by what each told last. Knows no file, clock or screen."""
