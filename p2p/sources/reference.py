"""What a user would run instead: pandapower's own power flows, for benchmarks and nothing else."""

from __future__ import annotations

from collections.abc import Callable


def runpp(code: str) -> Callable[[], object]:
    """A call that solves the SimBench grid of a code by pandapower, at its own loads."""
    import pandapower
    import simbench

    net = simbench.get_simbench_net(code)
    return lambda: pandapower.runpp(net, numba=True)


def runpp_3ph(code: str) -> Callable[[], object]:
    """A call that solves it by pandapower's unbalanced flow, its loads on one phase after another, Z0 = 4 Z1."""
    import pandapower
    import simbench
    from pandapower.pf.runpp_3ph import runpp_3ph as solve

    net = simbench.get_simbench_net(code)
    for name in ("r", "x"):
        net.line[f"{name}0_ohm_per_km"] = 4 * net.line[f"{name}_ohm_per_km"]
    net.line["c0_nf_per_km"] = net.line["c_nf_per_km"]
    net.trafo["vector_group"] = "Dyn"
    net.trafo["vk0_percent"], net.trafo["vkr0_percent"] = net.trafo["vk_percent"], net.trafo["vkr_percent"]
    net.trafo["mag0_percent"], net.trafo["mag0_rx"], net.trafo["si0_hv_partial"] = 100.0, 0.0, 0.9
    net.ext_grid["s_sc_max_mva"], net.ext_grid["rx_max"], net.ext_grid["x0x_max"], net.ext_grid["r0x0_max"] = 1e6, 0.1, 1.0, 0.1
    for row, load in enumerate(net.load.itertuples()):
        phase = "abc"[row % 3]
        pandapower.create_asymmetric_load(net, load.bus, **{f"p_{phase}_mw": load.p_mw, f"q_{phase}_mvar": load.q_mvar})
    net.load["in_service"] = net.sgen["in_service"] = False
    return lambda: solve(net, numba=True)
