"""What is known of one name over time: its history, its events, its peers, its undelivered shares."""
