"""What a run leaves: tables streamed to Parquet while it goes, and read back by name."""

from p2p.results.recorder import Detail, Record, Recorder
from p2p.results.results import Results, load

__all__ = ["Detail", "Record", "Recorder", "Results", "load"]
