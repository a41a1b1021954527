"""Where what the world said is kept: vintages, last prices, and whose turn it is to poll."""
