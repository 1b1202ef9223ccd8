"""Measurements too long for the tests; each file prints the figures it is for."""
