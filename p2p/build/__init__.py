"""Scenario -> model: names are looked up, files read, a population drawn; all faults at once."""
