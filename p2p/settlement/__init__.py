"""Settlement: contracts against meters, postings that sum to zero, bills."""

from p2p.settlement.ledger import Ledger, Reason
from p2p.settlement.pools import Pay, gains, pay
from p2p.settlement.settle import Delivery, Statement, settle

__all__ = ["Delivery", "Ledger", "Pay", "Reason", "Statement", "gains", "pay", "settle"]
