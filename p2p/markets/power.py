"""Who could move the price by keeping back: residual supply, and sellers without whom demand is not met."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices
from p2p.orders import Orders


def residual_supply(orders: Orders) -> tuple[Indices, Floats]:
    """The residual supply index of each seller: what all others offer, over what is bid.

    Returns
    -------
    sellers, index : [S] agents, ascending, and (Σ Q - Q_i) / D; infinite where nothing is bid. [times demand]

    References
    ----------
    A. Y. Sheffrin, "Predicting market power using the residual supply index", FERC Market Monitoring Workshop, 2002.

    Examples
    --------
    >>> book = Orders.of(side=[1, -1, -1], energy=[1000, 900, 600], price=[300_000, 80_000, 90_000])
    >>> sellers, index = residual_supply(book)
    >>> sellers.tolist(), index.tolist()
    ([1, 2], [0.6, 0.9])
    """
    offers = ~orders.bids
    sellers, who = np.unique(orders.agent[offers], return_inverse=True)
    own = np.zeros(len(sellers), np.int64)
    np.add.at(own, who, orders.energy[offers])
    demand = int(orders.energy[orders.bids].sum())
    others = own.sum() - own
    return sellers, others / demand if demand else np.full(len(own), np.inf)


def pivotal_sellers(orders: Orders) -> Indices:
    """[P] the sellers without whom demand could not be met: their residual supply index is below 1."""
    sellers, index = residual_supply(orders)
    return sellers[index < 1]
