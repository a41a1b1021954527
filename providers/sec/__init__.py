"""The SEC: fails to deliver, share counts and the list of tickers."""
