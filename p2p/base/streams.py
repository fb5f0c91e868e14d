"""Named random streams: a draw depends on seed, name and interval, never on who asked first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np


@dataclass(frozen=True)
class Streams:
    """Random streams of one seed.

    Draw for the whole population and take rows by identity: two scenarios with one seed then meet the same luck
    (common random numbers), however agents are grouped and whatever else is drawn.
    """

    seed: int

    def at(self, name: str, interval: int = 0) -> np.random.Generator:
        """The generator of a name in an interval; the same arguments give the same draws.

        Each (seed, name) is a key of the counter-based Philox generator and each interval a counter, so streams do
        not overlap (J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
        """
        return np.random.Generator(np.random.Philox(key=_key(self.seed, name), counter=[0, 0, 0, interval]))


@lru_cache(maxsize=1024)
def _key(seed: int, name: str) -> int:
    return int.from_bytes(blake2b(f"{seed}:{name}".encode(), digest_size=16).digest(), "little")
