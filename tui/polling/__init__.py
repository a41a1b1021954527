"""The monitor's side of polling: what arrives, what is wished for, and the market read anew."""
