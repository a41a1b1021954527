"""Whether prices can be believed, and over which sessions they reach."""
