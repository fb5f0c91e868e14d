"""Sources: readers of real inputs, into the nouns."""

from p2p.sources.csv_written import write_grid
from p2p.sources.feeder import Connections, Feeder, grid_report, warnings_of
from p2p.sources.grids import read_grid
from p2p.sources.names import GRIDS
from p2p.sources.profiles import Profiles, read_profiles

__all__ = ["GRIDS", "Connections", "Feeder", "Profiles", "grid_report", "read_grid", "read_profiles", "warnings_of", "write_grid"]
