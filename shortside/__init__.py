"""Frames and arrays in, frames out: the short side's arithmetic, with no clock, file, network or screen."""
