"""Regulation SHO threshold lists of the exchanges and FINRA."""
