"""Buildings as a network of few resistances and capacities, advanced exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from p2p.base.columns import Floats, Indices
from p2p.devices.homes import Homes

COUPLING = 1 / (1 / (3.45 * 4.5) + 1 / (9.1 * 2.5))
"""Between the air of the rooms and the mass of the building, for each m2 of floor [W/(m2 K)]: 3.45 W/(m2 K) from the air to the
surfaces, 4.5 m2 of which go with each m2 of floor, and from them 9.1 W/(m2 K) to the mass, of which 2.5 m2 do
(ISO 13790:2008, sections 7.2.2.2 and 12.2.2, class "medium")."""

AIR_SIDE = 10.0
"""Heat capacity of air, furniture and the skins of walls [Wh/(m2 K)] (assumption; ISO 52016-1 takes 2.8 without skins)."""

INTERNAL = 3.0
"""Heat of people and appliances for each m2 of floor [W/m2] (TABULA, common calculation procedure, 2013)."""

APERTURE = 0.03
"""Area of horizontal sunshine that comes in, for each m2 of floor: windows of a fifth of the floor, half of them in shade, with
frames and glass of today, walls seeing about 0.6 of what the horizontal sees (assumption)."""


class House(Protocol):
    """What a device must know of the building that it heats: columns of D rows."""

    @property
    def loss(self) -> Floats:
        """From the rooms to the outside: air and windows [kW/K]."""

    @property
    def outer(self) -> Floats:
        """From the mass to the outside: walls and roof [kW/K]."""

    @property
    def coupling(self) -> Floats:
        """Between the rooms and the mass [kW/K]."""

    @property
    def capacity(self) -> Floats:
        """Of the rooms, or of all where there is no mass [kWh/K]."""

    @property
    def mass(self) -> Floats:
        """Of the mass; 0 for a building of one node [kWh/K]."""

    @property
    def radiant(self) -> Floats:
        """Share of the heat that goes into the mass."""


def total_loss(house: House) -> Floats:
    """Heat to hold the rooms one kelvin above the outside for ever. [D] [kW/K]"""
    loss, outer, coupling, radiant = house.loss, house.outer, house.coupling, house.radiant
    # room over outside for each kW of heat: from the balance of both nodes
    both = loss * outer + coupling * (loss + outer)
    one: Floats = np.where(house.mass > 0, both / ((outer + coupling) * (1 - radiant) + coupling * radiant), loss + outer)
    return one


def response(house: House, hours: Floats | float) -> Floats:
    """How each building answers over a time: what is left of where it is, and what a kW of heat adds.

    With all temperatures over the outside, and heat held, the rooms end at `[0] room + [1] mass + [2] heat` and the mass at
    `[3] room + [4] mass + [5] heat`. In a building of one node the mass is at the temperature of the rooms.

    Returns
    -------
    [D, 6] shares, shares and K/kW.

    References
    ----------
    P. Bacher and H. Madsen, "Identifying suitable models for the heat dynamics of buildings", Energy and Buildings 43 (7), 2011:
    without `loss` their model of interior and envelope ("TiTe"); the exponential of a matrix of two rows after C. Moler and C. Van
    Loan, "Nineteen dubious ways to compute the exponential of a matrix, twenty-five years later", SIAM Review 45 (1), 2003.
    """
    loss, outer, coupling, capacity, mass, radiant = house.loss, house.outer, house.coupling, house.capacity, house.mass, house.radiant
    two = mass > 0
    heavy = np.where(two, mass, 1.0)
    # rates of the two nodes [1/h]
    a, b = -(loss + coupling) / capacity, coupling / capacity
    c, d = coupling / heavy, -(outer + coupling) / heavy
    # eigenvalues middle + part and middle - part; both are real, since b c > 0
    middle, part = (a + d) / 2, np.sqrt(((a - d) / 2) ** 2 + b * c)
    slow, fast = np.exp((middle + part) * hours), np.exp((middle - part) * hours)
    even = (slow + fast) / 2
    odd = np.where(part > 0, (slow - fast) / (2 * np.where(part > 0, part, 1.0)), hours * slow)
    room_room, room_mass, mass_room, mass_mass = even + odd * (a - middle), odd * b, odd * c, even + odd * (d - middle)
    # where a kW would bring both nodes in the end
    both = np.where(two, loss * outer + coupling * (loss + outer), 1.0)
    room_end = ((outer + coupling) * (1 - radiant) + coupling * radiant) / both
    mass_end = (coupling * (1 - radiant) + (loss + coupling) * radiant) / both
    alone = np.exp(-(loss + outer) / capacity * hours)
    only = (1 - alone) / (loss + outer)
    room_heat = room_end - room_room * room_end - room_mass * mass_end
    mass_heat = mass_end - mass_room * room_end - mass_mass * mass_end
    pick = [
        np.where(two, *pair)
        for pair in ((room_room, alone), (room_mass, 0.0), (room_heat, only), (mass_room, alone), (mass_mass, 0.0), (mass_heat, only))
    ]
    return np.ascontiguousarray(np.stack(pick, axis=1))


def modes(house: House) -> Floats:
    """The slow and the fast way in which each building settles, of which one is left after some hours.

    Returns
    -------
    [D, 6] rates of the slow and the fast mode [1/h, negative], shares of rooms and mass (over the outside) in the slow part of the
    rooms' warmth, and what a kW of steady heat brings to that part, and to the rooms in all [K/kW]. One node has no fast mode.

    References
    ----------
    As for `response`; the slow part is the rooms' row of the spectral projector (A - fast I) / (slow - fast).
    """
    loss, outer, coupling, capacity, mass, radiant = house.loss, house.outer, house.coupling, house.capacity, house.mass, house.radiant
    two = mass > 0
    heavy = np.where(two, mass, 1.0)
    a, b, d = -(loss + coupling) / capacity, coupling / capacity, -(outer + coupling) / heavy
    middle, part = (a + d) / 2, np.sqrt(((a - d) / 2) ** 2 + b * coupling / heavy)
    both = np.where(two, loss * outer + coupling * (loss + outer), 1.0)
    room_end = ((outer + coupling) * (1 - radiant) + coupling * radiant) / both
    mass_end = (coupling * (1 - radiant) + (loss + coupling) * radiant) / both
    room, deep = (a - middle + part) / (2 * part), b / (2 * part)
    whole = loss + outer
    pick = [
        np.where(two, *pair)
        for pair in (
            (middle + part, -whole / capacity), (middle - part, -np.inf), (room, 1.0), (deep, 0.0),
            (room * room_end + deep * mass_end, 1 / whole), (room_end, 1 / whole),
        )
    ]  # fmt: skip
    return np.ascontiguousarray(np.stack(pick, axis=1))


@dataclass(frozen=True, slots=True)
class Houses:
    """Buildings as drawn; D rows, the columns of `House`, and what comes in by itself.

    aperture: [D] of the sun [m2]
    internal: [D] heat of people and appliances [kW]
    area:     [D] of the floor [m2]
    """

    loss: Floats
    outer: Floats
    coupling: Floats
    capacity: Floats
    mass: Floats
    radiant: Floats
    aperture: Floats
    internal: Floats
    area: Floats


def drawn(
    homes: Homes,
    owner: Indices,
    area: tuple[float, float],
    loss: tuple[float, float],
    heavy: tuple[float, float],
    nodes: int,
    radiant: Floats,
) -> Houses:
    """Buildings drawn evenly between two ends each, by the home.

    Four tenths of the loss are air and windows, the rest goes through walls and roof (in TABULA's German houses from 1958 on
    to 2016 a quarter to six tenths). Walls are set so that rooms
    held steady lose what is drawn, coupling and radiant heat included.

    Parameters
    ----------
    area : of the floor. [m2]
    loss : transmission and air for each m2 of floor. [W/(m2 K)]
    heavy : heat capacity for each m2 of floor. [Wh/(m2 K)]
    nodes : 1, or 2.
    radiant : [D] share of the heat that goes into the mass.

    References
    ----------
    T. Loga, B. Stein, N. Diefenbach and R. Born, "Deutsche Wohngebäudetypologie", Institut Wohnen und Umwelt, 2015 (TABULA):
    (H_tr + H_ve) / area of the German single-family houses, see `EXPERIENCE`.
    """
    share = homes.size[owner]
    floor = share * homes.between(area, "building area")[owner]
    whole = floor * homes.between(loss, "building loss")[owner] / 1000
    stored = floor * homes.between(heavy, "building mass")[owner] / 1000
    coupling = COUPLING / 1000 * floor
    walls = 0.6 * whole
    air = np.minimum(AIR_SIDE / 1000 * floor, stored / 2)
    two = np.full(len(owner), nodes > 1)
    outer = np.where(two, coupling * walls / (0.4 * whole + coupling - whole * (1 - radiant)), walls)
    return Houses(
        loss=0.4 * whole, outer=outer, coupling=coupling, capacity=np.where(two, air, stored), mass=np.where(two, stored - air, 0.0),
        radiant=np.where(two, radiant, 0.0), aperture=APERTURE * floor, internal=INTERNAL / 1000 * floor, area=floor,
    )  # fmt: skip


EXPERIENCE = {
    "1949-1957": 4.70,
    "1958-1968": 4.60,
    "1958-1968, refurbished": 2.20,
    "1969-1978": 3.35,
    "1969-1978, refurbished": 1.65,
    "1969-1978, refurbished to a new house": 1.08,
    "1979-1983": 2.20,
    "1984-1994": 2.64,
    "1995-2001": 2.12,
    "2002-2009": 1.46,
    "2016 on": 1.27,
}
"""Loss of German single-family houses for each m2 of floor [W/(m2 K)] by the year they were built (TABULA, DE.N.SFH.04 to .12)."""
