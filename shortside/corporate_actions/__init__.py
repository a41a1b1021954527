"""What companies do to their shares besides trading: splits, listed and unlisted, distributions, changes of ticker."""
