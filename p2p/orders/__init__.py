"""What is bid, what is cleared, what limits and surrounds it and what a bidder may know: the nouns of a market."""

from p2p.orders.clearing import Clearing, Nodal, Trades
from p2p.orders.known import Known
from p2p.orders.limits import NO_LIMITS, Limits, Relief
from p2p.orders.messages import Messages
from p2p.orders.orders import BID, OFFER, TAGS, Orders
from p2p.orders.surroundings import ALONE, Outside, Preferences, Surroundings

__all__ = [
    "ALONE",
    "BID",
    "NO_LIMITS",
    "OFFER",
    "TAGS",
    "Clearing",
    "Known",
    "Limits",
    "Messages",
    "Nodal",
    "Orders",
    "Outside",
    "Preferences",
    "Relief",
    "Surroundings",
    "Trades",
]
