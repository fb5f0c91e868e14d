"""Units and the border between what is physical (float64) and what is contracted (int64).

Inside: energy in Wh, prices in µEUR/kWh, money in nEUR, all int64, so that 1 Wh x 1 µEUR/kWh = 1 nEUR and a
payment needs no rounding. Power is float64 kW. Positive is withdrawal, buying, import, paying.
"""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Ints

WH_PER_KWH = 1_000
MICRO_PER_EUR_PER_MWH = 1_000  # 1 EUR/MWh = 1,000 µEUR/kWh
NANO_PER_EUR = 1_000_000_000

#: What one order may carry at most, and what a book may be worth, so that no sum leaves an int64.
MAX_PRICE = 1_000_000_000  # µEUR/kWh, that is 1 million EUR/MWh
MAX_ENERGY = 1_000_000_000  # Wh, that is 1 GWh
MAX_VALUE = 4_000_000_000_000_000_000  # nEUR, that is 4 billion EUR


def to_lots(amounts: Floats) -> Ints:
    """Whole lots that sum to the rounded sum of the amounts, each less than one lot from its amount.

    The largest remainders are rounded up (Hamilton's method); between equal remainders the first row goes first.

    Parameters
    ----------
    amounts : [n] any real numbers, in lots (Wh for energy).

    Returns
    -------
    [n] int64.

    References
    ----------
    M. L. Balinski and H. P. Young, "Fair Representation", 1982, chapter 3 (the method of largest remainders).

    Examples
    --------
    >>> import numpy as np
    >>> to_lots(np.array([0.4, 0.4, 0.4, -0.2])).tolist()
    [1, 0, 0, 0]
    """
    below = np.floor(amounts)
    lots = below.astype(np.int64)
    missing = int(np.rint(np.sum(amounts))) - int(np.sum(lots))
    if missing:
        lots[np.argsort(below - amounts, kind="stable")[:missing]] += 1
    return lots


def price(eur_per_mwh: float) -> int:
    """µEUR/kWh from EUR/MWh, to the nearest."""
    return round(eur_per_mwh * MICRO_PER_EUR_PER_MWH)


def prices(eur_per_mwh: Floats) -> Ints:
    """[n] µEUR/kWh from [n] EUR/MWh, to the nearest."""
    return np.rint(np.asarray(eur_per_mwh, np.float64) * MICRO_PER_EUR_PER_MWH).astype(np.int64)


def eur_per_mwh(micro: float) -> float:
    """EUR/MWh from µEUR/kWh."""
    return micro / MICRO_PER_EUR_PER_MWH


def all_eur_per_mwh(micro: Ints) -> Floats:
    """[n] EUR/MWh from [n] µEUR/kWh."""
    return micro / MICRO_PER_EUR_PER_MWH


def eur(nano: float) -> float:
    """EUR from nEUR."""
    return nano / NANO_PER_EUR


def kwh(wh: float) -> float:
    """kWh from Wh."""
    return wh / WH_PER_KWH
