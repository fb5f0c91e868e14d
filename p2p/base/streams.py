"""Named random streams: a draw depends on seed, name and interval, never on who asked first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from p2p.base.columns import Floats, Ints


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

    def number(self, name: str, interval: int = 0) -> int:
        """A seed of its own for a name in an interval, 0 to 2**63 - 1."""
        return _key(self.seed, f"{name}:{interval}") & (2**63 - 1)


def draws(seed: int, identities: Ints) -> Floats:
    """[n] uniform draws in [0, 1), each from the seed and an identity alone: the same in any order and any company.

    References
    ----------
    G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 17
    (the mixing function of SplitMix64, here of seed and identity).

    Examples
    --------
    >>> import numpy as np
    >>> draws(7, np.array([3, 5]))[1] == draws(7, np.array([5]))[0]
    np.True_
    """
    uniform: Floats = lots(seed, identities).astype(np.float64) * 2.0**-53
    return uniform


def lots(seed: int, identities: Ints) -> Ints:
    """[n] the same draws as whole numbers, 0 to 2**53 - 1."""
    from p2p.base.kernels import drawn

    numbers = np.empty(len(identities), np.int64)
    drawn(seed, identities, numbers)
    return numbers


@lru_cache(maxsize=1024)
def _key(seed: int, name: str) -> int:
    return int.from_bytes(blake2b(f"{seed}:{name}".encode(), digest_size=16).digest(), "little")
