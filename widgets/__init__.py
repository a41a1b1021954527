"""Draws what it is handed and never fetches.

A module without an underscore is a panel.
"""
