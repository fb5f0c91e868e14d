"""What is bid, what is cleared, what limits it and what a bidder may know: the nouns of a market."""

from p2p.orders.clearing import Clearing, Trades
from p2p.orders.known import Known
from p2p.orders.limits import NO_LIMITS, Limits
from p2p.orders.orders import BID, OFFER, Orders

__all__ = ["BID", "NO_LIMITS", "OFFER", "Clearing", "Known", "Limits", "Orders", "Trades"]
