"""Documents of the tables of the whole market: a module for each, with its keys and the function that makes it."""
