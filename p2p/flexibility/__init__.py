"""Flexibility: contracts about it, what is seen of it, and the ledger by which no kWh is sold twice."""

from p2p.flexibility.contract import PRIVACY, Contracts
from p2p.flexibility.privacy import Seen, seen, shows
from p2p.flexibility.reservations import SERVICES, Reservations

__all__ = ["PRIVACY", "SERVICES", "Contracts", "Reservations", "Seen", "seen", "shows"]
