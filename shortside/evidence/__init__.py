"""What a score proves: the event it speaks of, the probability with its factors, and the record of both."""
