"""Where phases count: on which phase each home is connected."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Signs
from p2p.base.streams import Streams
from p2p.build.population import homes_at
from p2p.devices import FLEXIBLE, Fleet
from p2p.grid import Grid, connections
from p2p.sources.feeder import Connections

SINGLE_PHASE = 4.6
"""Most that may be connected to one phase. [kVA]

VDE-AR-N 4105:2018-11, section 5.5 (all plants and stores of a connection together), and VDE-AR-N 4100:2019-04, section 5.5
(a device): both bound the difference between phases to 4.6 kVA, 20 A at 230 V.
"""


def connected(grid: Grid, loads: Connections, fleet: Fleet, streams: Streams) -> Grid:
    """The grid, knowing the phase of each home: that of the load where it lives, where the source says it, else by `phases_of`.

    Raises
    ------
    GridInvalid
        The grid's zero sequence is incomplete, or has no way to earth.
    """
    said = loads.phase[homes_at(len(fleet), len(loads), streams)]
    return connections(grid, fleet.prosumers.bus, np.where(said >= 0, said, phases_of(fleet, streams)))


def phases_of(fleet: Fleet, streams: Streams) -> Signs:
    """[N] 1, 2 or 3 for a home on phase a, b or c, 0 for one on all three.

    A home is on one phase if no load, no device and not all of its plants together are larger than `SINGLE_PHASE`; on
    which, is drawn evenly, by identity. All that it has hangs on that phase, or is spread over all three (assumption:
    large devices of real homes are on three phases, small ones of the same home on one).
    """
    drawn = streams.at("phase").integers(1, 4, len(fleet)).astype(np.int8)
    draws, feeds = _largest(fleet)
    return np.where(np.maximum(draws, feeds) > SINGLE_PHASE + 1e-9, np.int8(0), drawn)


def _largest(fleet: Fleet) -> tuple[Floats, Floats]:
    """[N] the largest load or device of each home, [N] all that its plants and stores can feed in. [kVA]"""
    draws, feeds = np.zeros(len(fleet)), np.zeros(len(fleet))
    np.maximum.at(draws, fleet.load.owner, np.hypot(fleet.load.rated, fleet.load.reactive))
    for plants in (fleet.pv, fleet.wind):
        np.add.at(feeds, plants.owner, plants.rated)
    for name, devices in fleet.flexible.items():
        offered = FLEXIBLE[name].module.specification(devices)
        np.maximum.at(draws, offered.owner, np.maximum(offered.high, -offered.low))
        np.add.at(feeds, offered.owner, np.where(offered.bidirectional, np.maximum(-offered.low, 0.0), 0.0))
    return draws, feeds
