"""What stands in a price file: which rows are headings, which columns are times and prices, in which unit and zone.

Known layouts: ENTSO-E Transparency exports (old and new), Nord Pool exports (`Delivery Start (CET)` and
`Date;Hours`), and any table with headings, a time column and a price column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from p2p.base.errors import Fault, nearest
from p2p.sources.tables import Table, bare

#: µEUR/kWh in one of each.
UNITS = {"EUR/MWh": 1_000, "EUR/kWh": 1_000_000, "ct/kWh": 10_000}

#: Headings that are neither the start of an interval nor a price.
OTHERS = re.compile(r"(.*[ _]?end|date|datum|datum bis|end date|hours|hour|currency|area|sequence|intraday .*|bzn\|.*|)", re.IGNORECASE)

NORD_POOL_ZONE = "Europe/Brussels"


def unit_of(text: str) -> str | None:
    """The unit that a heading names, as `EUR/MWh`, `SEK/MWh`, `ct/kWh`, or None."""
    found = re.search(r"(€|eur|cents?|ct|[a-z]{3})[ _]*(?:/|per|[ _])[ _]*([mk]wh)", text, re.IGNORECASE)
    if not found:
        return None
    money = found.group(1).lower()
    money = "EUR" if money in ("€", "eur") else "ct" if money in ("ct", "cent", "cents") else money.upper()
    return f"{money}/{'MWh' if found.group(2).lower() == 'mwh' else 'kWh'}"


def price_heading(headings: Sequence[str], times: str, wanted: str | None, where: str) -> str | Fault:
    """The heading of the prices: the one wanted, or the only one there is."""
    others = [heading for heading in headings if heading != times and not OTHERS.fullmatch(bare(heading))]
    if wanted is not None:
        for test in (
            lambda heading: heading == wanted,
            lambda heading: bare(heading).lower() == bare(wanted).lower(),
            lambda heading: bare(heading).lower().startswith(wanted.lower() + " "),
        ):
            found = [heading for heading in others if test(heading)]
            if len(found) == 1:
                return found[0]
        return Fault(where, f"no column '{wanted}'", nearest(wanted, others) if others else "the file has no price column")
    day_ahead = [heading for heading in others if bare(heading).lower() == "day-ahead price"]
    with_unit = [heading for heading in others if unit_of(heading)]
    for choice in (day_ahead, others, with_unit):
        if len(choice) == 1:
            return choice[0]
    if not others:
        return Fault(where, "no price column", "a column of prices next to the times")
    return Fault(where, f"{len(others)} columns may be the price; name one as column", f"allowed: {', '.join(others)}")


def select_area(table: Table, column: str | None, where: str) -> tuple[Table, str | None, list[Fault]]:
    """The rows of one bidding zone and of the coupled auction, for exports that hold more; and what is left of `column`.

    In ENTSO-E's exports `column` may name the area, with or without `BZN|`. Of several sequences the first is the
    coupled day-ahead auction (later ones are local auctions).
    """
    faults: list[Fault] = []
    known = {heading.lower() for heading in table.headings} | {bare(heading).lower() for heading in table.headings}
    zones = [heading.lower() for heading in table.headings if heading.lower().startswith("bzn|")]
    if column is not None and any(column.lower() in (zone, zone.removeprefix("bzn|")) for zone in zones):
        column = None  # the old export has the name of its only area as the heading of an empty column
    elif "Area" in table.headings and "day-ahead price" in known:
        areas = sorted(set(table.column("Area")))
        short = {area.rpartition("|")[2].lower(): area for area in areas} | {area.lower(): area for area in areas}
        if column is not None and column.lower() in short:
            table = table.where([area == short[column.lower()] for area in table.column("Area")])
            column = None
        elif len(areas) > 1 or (column is not None and column.lower() not in known):
            what = f"no area '{column}'" if column else f"{len(areas)} areas; name one as column"
            faults.append(Fault(where, what, nearest(column or "", areas)))
            column = None
    if "Sequence" in table.headings:
        sequences = set(table.column("Sequence"))
        coupled = next((name for name in ("Sequence Sequence 1", "Sequence 1", "1", "Without Sequence") if name in sequences), None)
        if len(sequences) > 1 and coupled is not None:
            table = table.where([name == coupled for name in table.column("Sequence")])
    return table, column, faults
