"""Operators: the national market, seen from below as a price, a need and a carbon intensity."""

from p2p.operators.merit_order import MeritOrder

NATIONAL = {
    "merit_order": MeritOrder,
}
