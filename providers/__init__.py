"""Asks the world for data and gives back snapshots; it never draws.

Who can be asked is listed in `catalog`, what is polled of each in `registry`.
"""
