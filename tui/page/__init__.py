"""Shows the monitor as a page in a browser: a terminal of its own for every visitor, and who may be one."""
