"""Introduces the providers to the widgets: the command line, the screens, the configuration and the clock."""

# Read as text by the build, and first by every start of the program: nothing is imported here.
__version__ = "0.1.0"
