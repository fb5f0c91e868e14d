"""Who owes whom: accounts, reasons, and the debts of an interval as one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from p2p.base.columns import Indices, Ints, Texts


class Reason(IntEnum):
    """Why money moves. The first `HOME_REASONS` are between a home and an institution, the others between institutions."""

    LOCAL_ENERGY = 0
    RETAIL_ENERGY = 1
    FEED_IN = 2
    NETWORK_FEE = 3
    LEVIES = 4
    COMMISSION = 5
    COMPENSATION = 6
    FUEL = 7
    POOL_SHARE = 8
    LOCATION = 9
    RENT_SHARE = 10
    POOLED_ENERGY = 11
    NATIONAL_ENERGY = 12
    IMBALANCE = 13
    LOSSES = 14
    CONGESTION_RENT = 15


HOME_REASONS = 11
BETWEEN = 4
"""Debts between institutions, besides those of pools."""
INSTITUTIONS = ("operator", "retailer", "dso", "tso", "national_market", "state", "fuel_supplier")
OPERATOR, RETAILER, DSO, TSO, NATIONAL, STATE, FUEL_SUPPLIER = range(len(INSTITUTIONS))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The accounts of a run: N homes, A aggregators, then the institutions.

    names:      [N + A + 7]
    homes:      N
    aggregator: [N] int32, its number, -1 for none
    payee:      [HOME_REASONS, N] int32, the account to which each home owes what, by reason
    payer_of, payee_of, reason_of: [A + 4] int, the debts between institutions
    """

    names: Texts
    homes: int
    aggregator: Indices
    payee: Ints
    payer_of: Ints
    payee_of: Ints
    reason_of: Ints

    @classmethod
    def of(cls, homes: Texts, aggregators: tuple[str, ...], aggregator: Indices) -> Ledger:
        """The accounts of a population; a home in a pool trades with its aggregator, any other with the operator."""
        count, pools = len(homes), len(aggregators)
        first = count + pools
        pooled = aggregator >= 0
        payee = np.empty((HOME_REASONS, count), np.int64)
        payee[Reason.LOCAL_ENERGY] = np.where(pooled, count + aggregator, first + OPERATOR)
        payee[Reason.RETAIL_ENERGY] = payee[Reason.FEED_IN] = first + RETAILER
        payee[Reason.NETWORK_FEE] = payee[Reason.COMPENSATION] = first + DSO
        payee[Reason.LEVIES] = first + STATE
        payee[Reason.COMMISSION] = payee[Reason.POOL_SHARE] = payee[Reason.LOCAL_ENERGY]
        payee[Reason.LOCATION] = payee[Reason.RENT_SHARE] = first + DSO
        payee[Reason.FUEL] = first + FUEL_SUPPLIER
        return cls(
            np.array([*homes, *aggregators, *INSTITUTIONS]),
            count,
            aggregator,
            payee,
            np.array([*range(count, first), first + RETAILER, first + RETAILER, first + DSO, first + OPERATOR]),
            np.array([*[first + OPERATOR] * pools, first + NATIONAL, first + TSO, first + NATIONAL, first + DSO]),
            np.array([*[Reason.POOLED_ENERGY] * pools, Reason.NATIONAL_ENERGY, Reason.IMBALANCE, Reason.LOSSES, Reason.CONGESTION_RENT]),
        )

    def with_members(self, aggregator: Indices) -> Ledger:
        """The same accounts, with homes in other pools.

        aggregator : [N] int32, its number, -1 for none.
        """
        first = self.homes + self.pools
        return type(self).of(self.names[: self.homes], tuple(self.names[self.homes : first].tolist()), aggregator)

    @property
    def pools(self) -> int:
        """A, how many aggregators there are."""
        return len(self.payer_of) - BETWEEN

    def balances(self, dues: Ints, between: Ints) -> Ints:
        """[N + A + 7] what each account gains; sums to zero whatever the debts. [nEUR]

        Parameters
        ----------
        dues : [HOME_REASONS, N] what homes owe. [nEUR]
        between : [A + 4] what institutions owe one another. [nEUR]
        """
        from p2p.settlement.kernels import gains

        gained = np.zeros(len(self.names), np.int64)
        gains(dues, between, self.payee, self.payer_of, self.payee_of, gained)
        return gained
