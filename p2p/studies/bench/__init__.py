"""Benchmarks: each against a reference in the same process, since the machine's speed drifts. One file, one line here."""

from collections.abc import Callable, Iterator

from p2p.studies.bench import clearing, continuous, day, devices, flow, hosting, locational, minds, year
from p2p.studies.bench.timing import Measurement

BENCHES: dict[str, Callable[[], Iterator[Measurement]]] = {
    "clear": clearing.measure,
    "rules": clearing.measure_small,
    "continuous": continuous.measure,
    "day": day.measure,
    "flow": flow.measure,
    "devices": devices.measure,
    "hosting": hosting.measure,
    "locational": locational.measure,
    "minds": minds.measure,
    "year": year.measure,
}

__all__ = ["BENCHES", "Measurement"]
