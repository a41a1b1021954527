"""The simulated market that opens when nothing is configured."""
