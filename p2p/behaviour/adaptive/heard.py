"""What a call auction lets be heard, as the events that the rules of the double-auction literature speak of."""

from __future__ import annotations

from p2p.orders.published import Published

type Event = tuple[int, float, bool]


def events(published: Published) -> list[Event]:
    """Side of the quote (0: both at once), its price, and whether it was taken.

    Where there was trade, one deal at the mean price; else the best bid and the best offer, which nobody took.
    """
    at = published.mean_price
    if at is not None:
        return [(0, at, True)]
    best = [(side, published.best(side)) for side in (1, -1)]
    return [(side, float(price), False) for side, price in best if price is not None]
