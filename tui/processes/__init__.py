"""The helper processes beside the monitor: how they are started, and what is said to them."""
