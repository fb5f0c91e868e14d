"""Order books and clearings as pandas frames, in the units that people read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.errors import BookInvalid, Fault, FileInvalid
from p2p.base.units import NANO_PER_EUR, WH_PER_KWH, all_eur_per_mwh
from p2p.orders.cells import NEEDED, OPTIONAL, Book, Cells, read_orders
from p2p.orders.clearing import Clearing
from p2p.orders.orders import Orders
from p2p.orders.tastes import taste_columns

if TYPE_CHECKING:
    import pandas as pd


def book_of(frame: pd.DataFrame) -> Book:
    """The book of a frame; see `Orders.from_frame`."""
    texts = {str(name): ["" if _missing(value) else str(value) for value in frame[name]] for name in frame.columns}
    cells = Cells("frame", texts, lambda row: f"frame, row {frame.index[row]}")
    cells.check_heading([name for name in NEEDED if name != "agent"], ["agent", *OPTIONAL, *taste_columns(texts)])
    return read_orders(cells)


def orders_of(frame: pd.DataFrame) -> Orders:
    """The orders of a frame that holds limit orders alone; see `Orders.from_frame`."""
    book = book_of(frame)
    if book.messages is not None:
        raise BookInvalid(Fault("frame", f"{len(book.others)} rows are no limit orders", "limit orders; the others: Messages.from_frame"))
    if book.preferences is not None:
        what = "says what buyers prefer, which is no part of the orders"
        raise FileInvalid(Fault("frame", what, "p2p.orders.frames.book_of, which gives orders and preferences"))
    return book.orders


def _missing(value: object) -> bool:
    return value is None or value != value


def frame_of(orders: Orders, clearing: Clearing, agents: Sequence[str] | None) -> pd.DataFrame:
    """A clearing as a frame; see `Clearing.to_frame`."""
    import pandas as pd

    return pd.DataFrame(
        {
            "agent": list(agents) if agents is not None else orders.agent,
            "side": np.where(orders.bids, "bid", "offer"),
            "energy_kwh": orders.energy / WH_PER_KWH,
            "limit_eur_per_mwh": all_eur_per_mwh(orders.price),
            "accepted_kwh": clearing.energy / WH_PER_KWH,
            "price_eur_per_mwh": np.where(clearing.energy > 0, clearing.order_price(orders) / 1000, np.nan),
            "pays_eur": clearing.payment / NANO_PER_EUR,
        }
    )
