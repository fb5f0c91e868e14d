"""The grid: buses and branches as columns, their AC power flow, and what one kW more does where."""

from p2p.grid.areas import Areas, areas_of
from p2p.grid.check import check
from p2p.grid.columns import Branches, Buses
from p2p.grid.flow import Flow, Phases, power_flow
from p2p.grid.gradients import THE_IMPORT, Elements, Kind, gradients
from p2p.grid.network import Grid
from p2p.grid.phases import ZeroSequence, connections
from p2p.grid.sensitivities import Sensitivities, sensitivities
from p2p.grid.taps import TapChangers
from p2p.grid.unbalanced import at_phases, unbalanced_flow

__all__ = [
    "THE_IMPORT",
    "Areas",
    "Branches",
    "Buses",
    "Elements",
    "Flow",
    "Grid",
    "Kind",
    "Phases",
    "Sensitivities",
    "TapChangers",
    "ZeroSequence",
    "areas_of",
    "at_phases",
    "check",
    "connections",
    "gradients",
    "power_flow",
    "sensitivities",
    "unbalanced_flow",
]
