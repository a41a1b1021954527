"""Tables of a market by session, on one basis and with their gaps filled: made, kept for further days, cut."""
