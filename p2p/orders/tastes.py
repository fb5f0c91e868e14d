"""What buyers prefer, as columns of an order book.

`less_TAG_eur_per_mwh` (for each tag of the book), `less_untagged_eur_per_mwh`, `less_per_km_eur_per_mwh` and
`stranger_eur_per_mwh`: what a bid deducts from its limit; `partners`: names, the best first, by `;`; `x_km`, `y_km`:
where the order is delivered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, nearest
from p2p.base.units import MAX_PRICE
from p2p.orders.cells import Cells
from p2p.orders.orders import BID
from p2p.orders.surroundings import MOST_KM, Preferences, no_partners

LESS, PER_MWH = "less_", "_eur_per_mwh"
UNTAGGED, PER_KM, STRANGER = "less_untagged_eur_per_mwh", "less_per_km_eur_per_mwh", "stranger_eur_per_mwh"
TASTES = (UNTAGGED, PER_KM, STRANGER, "partners", "x_km", "y_km")
MOST_BUSES = 2_000
"""A distance is kept for each two buses."""
MM_PER_KM = 1_000_000


def taste_columns(columns: Mapping[str, object]) -> tuple[str, ...]:
    """The columns of tastes that a table may have: those of fixed names, and those that it has for tags."""
    return (*TASTES, *(name for name in columns if tag_of(name)))


def tag_of(column: str) -> str:
    """The tag for which a column says what is deducted; "" for another column."""
    if column in (UNTAGGED, PER_KM) or not (column.startswith(LESS) and column.endswith(PER_MWH)):
        return ""
    return column[len(LESS) : -len(PER_MWH)]


def read_preferences(
    cells: Cells, side: Sequence[int], bus: Sequence[int], agents: Sequence[str], tags: Sequence[str]
) -> Preferences | None:
    """The preferences of a table; None where it has no column of them. Faults are left with the cells.

    Parameters
    ----------
    side, bus, agents : of each order, as they were read.
    tags : names of the tags, by number.
    """
    if not any(column in cells for column in taste_columns(cells.columns)):
        return None
    for tag in filter(None, map(tag_of, cells.columns)):
        if tag not in tags:
            known = [UNTAGGED, *(f"{LESS}{name}{PER_MWH}" for name in tags if name)]
            cells.faults.append(
                Fault(cells.name, f"column '{LESS}{tag}{PER_MWH}': no order is tagged '{tag}'", nearest(f"{LESS}{tag}{PER_MWH}", known))
            )
    names = [UNTAGGED, *(f"{LESS}{tag}{PER_MWH}" for tag in tags[1:])]
    per_tag = np.stack([_deducted(cells, name, side) for name in names], axis=1)
    per_km = _deducted(cells, PER_KM, side)
    partners = _partners(cells, agents)
    return Preferences(per_km, per_tag, _deducted(cells, STRANGER, side), partners, _distances(cells, bus, per_km))


def _deducted(cells: Cells, column: str, side: Sequence[int]) -> Ints:
    """[O] what each bid deducts; an offer deducts nothing. [µEUR/kWh]"""
    less = np.zeros(cells.rows, np.int64)
    if column in cells:
        for row in range(cells.rows):
            less[row] = cells.whole(column, row, 0, MAX_PRICE, 1000, default=0)
            if less[row] and side[row] != BID:
                cells.fault(
                    row, f"{column} is {cells.texts(column, row)} for an offer", "only of bids: sellers take every buyer for the same"
                )
    return less


def _partners(cells: Cells, agents: Sequence[str]) -> Ints:
    """[P, 2] numbers of agents, each one's list in the order of its rows."""
    if "partners" not in cells:
        return no_partners()
    number = {name: place for place, name in enumerate(dict.fromkeys(agents))}
    pairs: dict[tuple[int, int], None] = {}
    for row in range(cells.rows):
        for name in filter(None, (part.strip() for part in cells.texts("partners", row).split(";"))):
            if name not in number:
                cells.fault(row, f"partners: no order is of '{name}'", nearest(name, number))
            elif name == agents[row]:
                cells.fault(row, f"partners: '{name}' names itself", "other agents")
            else:
                pairs[number[agents[row]], number[name]] = None
    return np.array(list(pairs), np.int64).reshape(-1, 2)


def _distances(cells: Cells, bus: Sequence[int], per_km: Ints) -> Floats:
    """[B, B] straight distances between the buses of a table; none where they count for nobody. [km]"""
    count = max(bus, default=-1) + 1
    if not per_km.any() and "x_km" not in cells and "y_km" not in cells:
        return np.zeros((0, 0))
    if count > MOST_BUSES:
        cells.faults.append(Fault(cells.name, f"has bus {count - 1}", f"0 to {MOST_BUSES - 1} where distances count"))
        return np.zeros((0, 0))
    missing = [column for column in ("x_km", "y_km") if column not in cells]
    if missing:
        what = f"has no column {' and no column '.join(missing)}, so distances are unknown"
        cells.faults.append(Fault(cells.name, what, "columns x_km and y_km, and bus"))
        return np.zeros((0, 0))
    place = np.zeros((count, 2))
    first: dict[int, int] = {}
    for row in range(cells.rows):
        here = [_coordinate(cells, column, row) for column in ("x_km", "y_km")]
        if first.setdefault(bus[row], row) == row:
            place[bus[row]] = here
        elif (place[bus[row]] != here).any():
            other = cells.where(first[bus[row]]).rpartition(", ")[2]
            cells.fault(
                row, f"x_km, y_km differ from those of bus {bus[row]} in {other}", "one place a bus; a column bus tells places apart"
            )
    apart = place[:, None, :] - place[None, :, :]
    km: Floats = np.hypot(apart[..., 0], apart[..., 1])
    return km


def _coordinate(cells: Cells, column: str, row: int) -> float:
    """Where an order is, to the millimetre. [km]"""
    most = int(MOST_KM / 4) * MM_PER_KM
    return cells.whole(column, row, -most, most, MM_PER_KM) / MM_PER_KM
