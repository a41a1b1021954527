"""Texts and pens of any kind, for the tests of what is sent to a terminal."""

from tui.terminal.brush import TerminalAbilities

FULL = TerminalAbilities(scrolls_regions=True, erases_in_colour=True)
