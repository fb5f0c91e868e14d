"""What a user would run instead: pandapower's own power flow, for benchmarks and nothing else."""

from __future__ import annotations

from collections.abc import Callable


def runpp(code: str) -> Callable[[], object]:
    """A call that solves the SimBench grid of a code by pandapower, at its own loads."""
    import pandapower
    import simbench

    net = simbench.get_simbench_net(code)
    return lambda: pandapower.runpp(net, numba=True)
