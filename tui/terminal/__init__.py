"""Output to and input from the terminal: frames, colours, keys, signals and the saved last screen."""
