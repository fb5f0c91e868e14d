"""Settlement: contracts against meters, postings that sum to zero, bills."""

from p2p.settlement.ledger import Ledger, Reason
from p2p.settlement.pools import Agreed, Parts, Pay, pay
from p2p.settlement.settle import Delivery, Located, Statement, settle

__all__ = ["Agreed", "Delivery", "Ledger", "Located", "Parts", "Pay", "Reason", "Statement", "pay", "settle"]
