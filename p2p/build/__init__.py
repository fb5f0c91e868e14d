"""Scenario -> model: names are looked up, files read, a population drawn; all faults at once."""

from p2p.build.build import build

__all__ = ["build"]
