"""Indicators of comfort: what people went without, so that devices could be flexible or because they are too small."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from p2p.results import Results


def discomfort(results: Results) -> float:
    """Time outside the comfort band times how far, summed over devices (K22). [K·h]"""
    return results.total("discomfort_mkh") * 1e-3


def missed(results: Results) -> float:
    """Energy that people needed from devices and did not get, as of a car at its departure (K22). [kWh]"""
    return results.total("missed_wh") * 1e-3
