"""What lists of stock loans said of names, look after look, and what the borrowing cost."""
