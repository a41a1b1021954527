"""The processes beside the monitor's own."""
