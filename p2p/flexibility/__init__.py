"""Flexibility: contracts about it, what is seen of it, and the ledger by which no kWh is sold twice."""

from p2p.flexibility.bookings import booked, held_back_twice
from p2p.flexibility.contract import PRIVACY, Contracts
from p2p.flexibility.privacy import Seen, seen, shows
from p2p.flexibility.reservations import SERVICES, Reservations

__all__ = ["PRIVACY", "SERVICES", "Contracts", "Reservations", "Seen", "booked", "held_back_twice", "seen", "shows"]
