"""What aggregators offer, from a scenario."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2p.agents.pools import Offered
from p2p.base.streams import Streams
from p2p.base.units import price
from p2p.behaviour.pool import Ways
from p2p.behaviour.switching import Switching
from p2p.flexibility import Contracts
from p2p.scenario import PopulationSection
from p2p.sections import AggregatorSection


def offered_by(section: PopulationSection, commission: float, homes: int, streams: Streams, switching: Switching, days: int) -> Offered:
    """What aggregators offer, and how people choose among them.

    Parameters
    ----------
    commission : the rulebook's, where an aggregator names no fee of its own. [EUR/MWh]
    homes : N.
    switching, days : by which rule members change, and how many days lie between reviews.

    Raises
    ------
    InputError
        A contract means nothing: all faults at once.
    """
    pools = section.aggregators
    consents = streams.at("consent").random(homes) < section.consent
    return Offered(contracts_of(pools, commission), ways_of(pools), consents, switching, days)


def contracts_of(pools: Sequence[AggregatorSection], commission: float) -> Contracts:
    """[A] the contract that each aggregator makes; its member is its own number."""
    rows = [
        {
            "member": number, "aggregator": pool.name, "devices": pool.devices, "up_kw": pool.up_kw, "down_kw": pool.down_kw,
            "hours": pool.hours, "share": pool.member_share, "fee": price(commission if pool.fee is None else pool.fee), "privacy": pool.privacy,
        }
        for number, pool in enumerate(pools)
    ]  # fmt: skip
    return Contracts.of(
        [{key: value for key, value in row.items() if value is not None} for row in rows], len(pools), [pool.name for pool in pools]
    )


def ways_of(pools: Sequence[AggregatorSection]) -> Ways:
    """[A] how each aggregator bids."""
    curve = np.array([pool.strategy != "pass_through" for pool in pools], np.bool_)
    margin = np.array([price(pool.margin) if pool.strategy == "margin" else 0 for pool in pools], np.int64)
    return Ways(curve, margin)
