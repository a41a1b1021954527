"""Interactive Brokers: the public stock-loan list, over FTP."""
