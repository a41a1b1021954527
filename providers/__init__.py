"""Asks the world for data and gives back snapshots; it never draws.

A module without an underscore is a provider.
"""
