"""The zero sequence of pandapower nets, and the unbalanced flow against pandapower's own (`runpp_3ph`)."""

import copy
import warnings

import numpy as np
import pytest

from p2p.base.errors import GridInvalid
from p2p.grid import at_phases, connections, unbalanced_flow
from p2p.sources import read_grid
from p2p.sources.kept_feeder import from_arrays, to_arrays
from p2p.sources.pandapower_net import feeder_of

pandapower = pytest.importorskip("pandapower")
three_phases = pytest.importorskip("pandapower.pf.runpp_3ph")

PHASES = "abc"
STIFF = {"s_sc_max_mva": 1e12, "rx_max": 0.1, "x0x_max": 1.0, "r0x0_max": 0.1}
"""pandapower's source has an impedance in the negative and zero sequence; ours has none."""

LINE = {"r_ohm_per_km": 0.2067, "x_ohm_per_km": 0.0804, "c_nf_per_km": 830.0, "max_i_ka": 0.27}
LINE_ZERO = {"r0_ohm_per_km": 0.83, "x0_ohm_per_km": 0.30, "c0_nf_per_km": 400.0}
TRANSFORMER = {
    "sn_mva": 0.25, "vn_hv_kv": 20.0, "vn_lv_kv": 0.4, "vk_percent": 6.0, "vkr_percent": 1.4, "pfe_kw": 0.6, "i0_percent": 0.3, "shift_degree": 150,
    "vector_group": "Dyn", "vk0_percent": 5.0, "vkr0_percent": 1.2, "mag0_percent": 100.0, "mag0_rx": 0.1, "si0_hv_partial": 0.9,
}  # fmt: skip


def feeder(random, lines=12, meshes=0):
    """A source, a transformer and a drawn tree of cables, and rings if asked for."""
    net = pandapower.create_empty_network(sn_mva=0.1)
    high, low = pandapower.create_bus(net, 20.0), pandapower.create_bus(net, 0.4)
    pandapower.create_ext_grid(net, high, vm_pu=1.02, **STIFF)
    pandapower.create_transformer_from_parameters(net, high, low, **TRANSFORMER)
    buses = [low]
    for _ in range(lines):
        buses.append(pandapower.create_bus(net, 0.4))
        start = buses[random.integers(0, len(buses) - 1)]
        pandapower.create_line_from_parameters(net, start, buses[-1], random.uniform(0.03, 0.15), **LINE, **LINE_ZERO)
    for _ in range(meshes):
        a, b = random.choice(buses, 2, replace=False)
        pandapower.create_line_from_parameters(net, a, b, random.uniform(0.03, 0.15), **LINE, **LINE_ZERO)
    return net, buses[1:]


def solved(net):
    """The net with pandapower's solution."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        three_phases.runpp_3ph(net, tolerance_mva=1e-10, numba=False)
    return net


@pytest.mark.parametrize("meshes", [0, 2])
def test_the_flow_is_pandapowers(meshes):
    random = np.random.default_rng(11 + meshes)
    for _ in range(2):
        net, buses = feeder(random, meshes=meshes)
        grid, row_of = feeder_of(copy.deepcopy(net), "net")
        grid = grid.grid
        p, q = np.zeros((len(grid.buses), 3)), np.zeros((len(grid.buses), 3))
        for bus in buses:
            drawn = random.uniform(-5, 7, 3) * (random.random(3) < 0.6)  # some feed in, and some phases have nothing
            reactive = drawn * random.uniform(-0.2, 0.4)
            p[row_of[bus]], q[row_of[bus]] = drawn, reactive
            named = {f"p_{x}_mw": drawn[at] / 1e3 for at, x in enumerate(PHASES)}
            named |= {f"q_{x}_mvar": reactive[at] / 1e3 for at, x in enumerate(PHASES)}
            pandapower.create_asymmetric_load(net, bus, **named)
        flow, theirs = unbalanced_flow(grid, p, q), solved(net)
        voltage = theirs.res_bus_3ph[[f"vm_{x}_pu" for x in PHASES]].to_numpy()
        np.testing.assert_allclose(flow.phases.voltage[row_of[net.bus.index]], voltage, atol=1e-8)
        np.testing.assert_allclose(flow.phases.unbalance[row_of[net.bus.index]], theirs.res_bus_3ph.unbalance_percent, atol=1e-6)
        loading = np.concatenate([theirs.res_line_3ph.loading_percent, theirs.res_trafo_3ph.loading_percent])
        np.testing.assert_allclose(flow.loading, loading, atol=1e-5)
        np.testing.assert_allclose(flow.phases.neutral[: len(net.line)], 1e3 * theirs.res_line_3ph.i_n_to_ka, atol=1e-5)
        taken = 1e3 * sum(theirs.res_ext_grid_3ph[f"p_{x}_mw"].sum() for x in PHASES)
        lost = 1e3 * sum(table[f"pl_{x}_mw"].sum() for table in (theirs.res_line_3ph, theirs.res_trafo_3ph) for x in PHASES)
        assert (flow.import_kw, flow.losses_kw) == pytest.approx((taken, lost), abs=1e-5)
        assert flow.phases.unbalance.max() > 0.1


def test_the_european_feeder_of_ieee_has_its_phases():
    """55 loads of one phase each on 906 buses, at their peak; pandapower's stopping rule is relative to `sn_mva`."""
    networks = pytest.importorskip("pandapower.networks")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = networks.ieee_european_lv_asymmetric("on_peak_566")
    for name, value in STIFF.items():
        net.ext_grid[name] = value
    net.sn_mva = 0.01
    feeder, row_of = feeder_of(copy.deepcopy(net), "ieee")
    loads = feeder.loads
    used = net.asymmetric_load[[f"p_{x}_mw" for x in PHASES]].to_numpy().argmax(axis=1) + 1
    assert loads.phase.tolist() == used.tolist()
    grid = connections(feeder.grid, loads.bus, loads.phase)
    flow = unbalanced_flow(grid, *at_phases(grid, loads.bus, loads.p_kw, loads.q_kvar))
    voltage = solved(net).res_bus_3ph[[f"vm_{x}_pu" for x in PHASES]].to_numpy()
    np.testing.assert_allclose(flow.phases.voltage[row_of[net.bus.index]], voltage, atol=1e-8)
    assert np.ptp(voltage[-1]) > 0.05  # the phases are far apart


def test_the_phases_of_loads_beside_others():
    net, buses = feeder(np.random.default_rng(3))
    pandapower.create_load(net, buses[0], 0.003, 0.001)
    pandapower.create_asymmetric_load(net, buses[1], p_b_mw=0.002, q_b_mvar=0.0005, scaling=0.5)
    pandapower.create_asymmetric_load(net, buses[2], p_c_mw=0.004, in_service=False)
    pandapower.create_asymmetric_load(net, buses[3], p_a_mw=0.001, p_b_mw=0.001, p_c_mw=0.001)
    loads = feeder_of(net, "net")[0].loads
    assert loads.phase.tolist() == [-1, 2, 0]
    np.testing.assert_allclose(loads.p_kw, [3, 1, 3])
    np.testing.assert_allclose(loads.q_kvar, [1, 0.25, 0])


def test_the_zero_sequence_is_kept_with_the_feeder():
    net, _ = feeder(np.random.default_rng(3))
    kept = feeder_of(net, "net")[0]
    again = from_arrays(to_arrays(kept))
    assert np.isfinite(kept.grid.zero.r).all()
    for name, column in kept.grid.zero.columns().items():
        np.testing.assert_array_equal(again.grid.zero.columns()[name], column)


def test_a_simbench_feeder_says_nothing_of_its_zero_sequence():
    grid = read_grid("1-LV-rural3--0-sw").grid
    assert np.isnan(grid.zero.r).all()
    assert (grid.zero.group == "").all()


def test_an_empty_cell_of_the_zero_sequence_is_a_fault():
    net, _ = feeder(np.random.default_rng(3))
    net.line.loc[4, "r0_ohm_per_km"] = np.nan
    net.trafo["vector_group"] = "YNyn"
    grid = feeder_of(net, "net")[0].grid  # a balanced flow needs none of it
    with pytest.raises(GridInvalid) as caught:
        connections(grid, np.zeros(1, np.int32), np.zeros(1, np.int8))
    assert [fault.what.split(":")[0] for fault in caught.value.faults] == [
        "1 of 13 branches have no zero-sequence impedance, where other lines have one",
        "1 of 13 branches are transformers of another vector group",
    ]
