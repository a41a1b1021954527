"""Panels and the other widgets of the screen, which draw what they are handed and never fetch.

Which of them are panels of the main screen is listed in `tui.screens.panels`.
"""
