"""What a prosumer expects of its own load and generation in the interval for which it bids."""

from __future__ import annotations

from p2p.base.columns import Floats


def persistence(last: Floats, coming: Floats) -> Floats:
    """As in the interval before: what the own meter shows at gate closure. [n] [kW]"""
    return last


def perfect(last: Floats, coming: Floats) -> Floats:
    """What will come, to the watt: the bound that no forecaster passes. [n] [kW]"""
    return coming
