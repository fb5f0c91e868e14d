"""A trading pit: the bidders of the double-auction literature in the markets of its papers, outside of a run."""

from p2p.behaviour.pit.pit import TRADERS, Market, Pit, Session

__all__ = ["TRADERS", "Market", "Pit", "Session"]
