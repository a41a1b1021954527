"""The program: its command line, settings, clock, documents and screens; joins `providers` to `widgets`."""

# Read as text by the build, and first by every start of the program: nothing is imported here.
__version__ = "0.1.0"
