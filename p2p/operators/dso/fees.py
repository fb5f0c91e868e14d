"""How network fees are formed: by the clock, by the congestion that is forecast, by the way that energy takes."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.operators.dso.notice import Ahead

MOST_SCALE = 10.0
"""How far factors are scaled at most to bring in what a flat fee would; a day on which all draw at a factor of 0 brings nothing."""


def scaled(fee: Ints, factor: Floats) -> Ints:
    """[L] a fee times a factor, to the nearest µEUR/kWh."""
    return np.rint(fee * factor).astype(np.int64)


def by_window(time: Floats, high: tuple[tuple[float, float], float], low: tuple[tuple[float, float], float]) -> Floats:
    """[L] the factor at each time of day: high in the one window, low in the other unless it is high, else 1.

    Parameters
    ----------
    time : [L] by the local clock. [h]
    high, low : window and factor.
    """
    return np.where(_within(time, *high[0]), high[1], np.where(_within(time, *low[0]), low[1], 1.0))


def _within(time: Floats, start: float, end: float) -> Flags:
    """[L] whether a time of day lies in a window, which may go over midnight; one that ends where it starts is none."""
    if start <= end:
        return (time >= start) & (time < end)
    return (time >= start) | (time < end)


def by_congestion(ahead: Ahead, threshold: float, most: float, least: float) -> Floats:
    """[L] the factor at each interval by the part of the grid's bounds that the prognoses need.

    It rises along a line from 1 at the threshold to `most` at the bound where homes draw, falls to `least` where they feed in.
    """
    draw, feed = needed(ahead)
    rise, fall = (np.clip((part - threshold) / (1 - threshold), 0.0, 1.0) for part in (draw, feed))
    return 1 + (most - 1) * rise - (1 - least) * fall


def needed(ahead: Ahead) -> tuple[Floats, Floats]:
    """[L], [L] the part of its bounds that the grid needs for the prognoses, by those who draw and by those who feed in.

    Of voltages, how far they are from the middle of the band, over half its width: low ones count for drawing, high ones for
    feeding in. Of branches the highest loading, for the way in which the feeder as a whole takes or gives. Where the flow has
    no solution, all is needed.
    """
    flow, bounds = ahead.flow(), ahead.bounds
    middle, half = (bounds.low + bounds.high) / 2, (bounds.high - bounds.low) / 2
    solved = flow.converged
    takes = np.where(solved, flow.import_kw, ahead.expected.sum(axis=1)) >= 0
    loading = np.where(solved, flow.loading.max(axis=1, initial=0.0) / 100, 1.0)
    low = np.where(solved, (middle - flow.voltage.min(axis=1)) / half, 0.0)
    high = np.where(solved, (flow.voltage.max(axis=1) - middle) / half, 0.0)
    return np.maximum(low, np.where(takes, loading, 0.0)), np.maximum(high, np.where(takes, 0.0, loading))


def neutral(ahead: Ahead, factor: Floats) -> float:
    """By what factors are to be scaled so that the prognoses' draws pay what they would by the flat fee; at most tenfold."""
    fee = np.maximum(ahead.expected, 0.0).sum(axis=1) * ahead.network
    paid = float(fee @ factor)
    return min(float(fee.sum()) / paid, MOST_SCALE) if paid > 0 else 1.0


def further(ahead: Ahead, along: str, part: float) -> Ints:
    """[L, N] what a home's locally bought kWh carries beside the mean fee, by its way to the source. [µEUR/kWh]

    Parameters
    ----------
    along : "ohm" or "km". part : of the fee that goes by the way, 0 to 1.
    """
    from p2p.grid.distances import from_source

    way = from_source(ahead.grid, along)[ahead.bus]
    mean = way.mean()
    beside = part * (way / mean - 1) if mean > 0 else np.zeros(len(way))
    return np.rint(np.outer(ahead.local_network, beside)).astype(np.int64)
