"""Numbers as people read them: units of people, few digits, the same everywhere."""

from __future__ import annotations

import math
from datetime import datetime


def number(value: float | None, digits: int = 3) -> str:
    """A number to so many significant digits, whole from there on, with commas; a dash where it is undefined.

    Examples
    --------
    >>> number(12345.6), number(0.01234), number(-2.5), number(None)
    ('12,346', '0.0123', '−2.5', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 9)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.lstrip("-") == "0":
        return "0"
    return text.replace("-", "−")


def money(value: float | None) -> str:
    """An amount to the cent. [EUR]

    Examples
    --------
    >>> money(-1234.5), money(-0.001)
    ('−1,234.50', '0.00')
    """
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.2f}"
    return (text.removeprefix("-") if float(text.replace(",", "")) == 0 else text).replace("-", "−")


def tenth(value: float | None) -> str:
    """A number to one place, so that columns line up.

    Examples
    --------
    >>> tenth(7), tenth(-18.26), tenth(None)
    ('7.0', '−18.3', '–')
    """
    return "–" if value is None or not math.isfinite(value) else f"{value + 0.0:,.1f}".replace("-", "−")


def energy(wh: float) -> str:
    """An energy with its unit, from Wh.

    Examples
    --------
    >>> energy(420), energy(31_900), energy(12_345_678)
    ('420 Wh', '31.9 kWh', '12.3 MWh')
    """
    for least, size, unit in ((1e10, 1e9, "GWh"), (1e7, 1e6, "MWh"), (1e3, 1e3, "kWh")):
        if abs(wh) >= least:
            return f"{number(wh / size)} {unit}"
    return f"{number(wh)} Wh"


def moment(when: datetime) -> str:
    """A local time, to the minute.

    Examples
    --------
    >>> moment(datetime(2016, 7, 4, 13, 45))
    'Mon 4 Jul 2016, 13:45'
    """
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when.year}, {when:%H:%M}"


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
