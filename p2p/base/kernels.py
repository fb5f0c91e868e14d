"""Compiled kernels of chance."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Ints
from p2p.base.compiled import compiled


@compiled
def mixed(bits: np.uint64) -> np.uint64:
    """The mixing function of SplitMix64."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@compiled
def drawn(seed: int, identities: Ints, lots: Ints) -> None:
    """Fill [n] a whole number of 53 bits for each identity, by the seed and the identity alone."""
    gamma = np.uint64(0x9E3779B97F4A7C15)
    start = mixed(np.uint64(seed) + gamma)
    for row in range(len(identities)):
        lots[row] = np.int64(mixed(start + np.uint64(identities[row]) * gamma) >> np.uint64(11))
