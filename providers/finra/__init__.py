"""FINRA: short interest by settlement, and daily short volume."""
