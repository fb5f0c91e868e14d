"""Regulated transformers: the rule by hand, and long feeders that fixed ones leave out of their band."""

import numpy as np
import pytest

from p2p.base.errors import ScenarioInvalid
from p2p.build.build import build
from p2p.grid import Branches, TapChangers, power_flow
from p2p.operators.dso import RegulatedGrid, TapControl
from p2p.scenario import Scenario
from tests.grid.grids import grid_of
from tests.running import assert_closed, few

R = 0.05  # p.u. on 100 kVA


def feeder(load, steps=4, source=1.0):
    """A source, a transformer without impedance to speak of, a line of resistance R, and a load at its end. [kW]"""
    names, rows = np.array(["transformer", "line"]), np.arange(2, dtype=np.int32)
    branches = Branches.lines(names, rows, rows + 1, np.array([1e-9, R]), np.zeros(2), np.zeros(2))
    branches = branches.replace(kind=np.array(["transformer", "line"]))
    zero = np.zeros(3)
    grid = grid_of("feeder", ["source", "busbar", "end"], 0.4, [0, 0, load], zero, branches, slack_voltage=source, base_kva=100.0)
    object.__setattr__(grid, "taps", TapChangers.even(np.array([0]), steps, 0.025))
    return grid


def control(grid, watched=("busbar", "end"), set_point=1.0, dead_band=0.03):
    return TapControl(np.array([0]), np.isin(grid.buses.name, watched)[None], set_point, dead_band)


def walked(grid, rule, intervals=12):
    """The positions of interval after interval in which the same load is drawn."""
    wires, positions = RegulatedGrid(grid, rule), []
    for _ in range(intervals):
        wires.move(wires.after(power_flow(wires.grid)))
        positions.append(wires.position)
    return wires, positions


@pytest.mark.parametrize(
    ("source", "positions"),
    [
        (1.0, [0, 0]),
        (1.014, [0, 0]),  # within half a band
        (1.016, [1, 1]),  # 1.016 / 1.025 = 0.991
        (0.984, [-1, -1]),  # 0.984 / 0.975 = 1.009
        (1.07, [1, 2, 3, 3]),  # 1.044, 1.019, 0.995
        (1.3, [1, 2, 3, 4, 4]),  # no further than the last
        (0.7, [-1, -2, -3, -4, -4]),
    ],
)
def test_a_step_an_interval_towards_the_set_point(source, positions):
    """The busbar is at the source over 1 + 0.025 n, without load; it steps until that lies within 1 ± 0.015."""
    grid = feeder(0.0, source=source)
    wires, found = walked(grid, control(grid, ("busbar",)), len(positions))
    assert found == positions
    assert power_flow(wires.grid).voltage[1] == pytest.approx(source / (1 + 0.025 * positions[-1]), abs=1e-6)


def test_the_middle_of_the_feeder_is_what_it_watches():
    """80 kW over r = 0.05: V² - V0 V + 0.04 = 0. At V0 = 1 the end has 0.9582, the middle is 0.9791 < 0.985: a step.

    At V0 = 1 / 0.975 = 1.0256 the end has 0.9850, the middle is 1.0053: there it stays. By the busbar alone it stays at 0.
    """
    grid = feeder(80.0)
    assert power_flow(grid).voltage[2] == pytest.approx((1 + np.sqrt(1 - 0.16)) / 2, abs=1e-6)
    wires, positions = walked(grid, control(grid), 3)
    assert positions == [-1, -1, -1]
    up = 1 / 0.975
    assert power_flow(wires.grid).voltage[2] == pytest.approx((up + np.sqrt(up**2 - 0.16)) / 2, abs=1e-6)
    assert walked(grid, control(grid, ("busbar",)), 3)[1] == [0, 0, 0]


def test_it_does_not_hunt():
    """Whatever the source, after eight steps it stands still: the band is wider than a step."""
    for source in np.linspace(0.9, 1.1, 41):
        grid = feeder(20.0, source=source)
        positions = walked(grid, control(grid), 14)[1]
        assert len(set(positions[8:])) == 1


def test_a_flow_without_a_solution_moves_nothing():
    grid = feeder(2000.0)
    assert not power_flow(grid).converged
    assert walked(grid, control(grid), 2)[1] == [0, 0]


def test_each_position_is_factorised_once():
    grid = feeder(0.0, source=1.07)
    wires, _ = walked(grid, control(grid), 4)
    back = wires.after(power_flow(wires.grid))
    assert back is wires.grid
    again = RegulatedGrid(grid, control(grid))
    first = again.after(power_flow(grid))
    assert again.after(power_flow(grid)) is first


SUNNY = {"population__pv": 1.0, "population__pv_kw": [50.0, 60.0], "population__battery": 0.0}


@pytest.mark.parametrize(("regime", "mechanism"), [("none", "uniform"), ("curtail", "pay_as_bid"), ("locational", "uniform")])
def test_it_spares_what_a_fixed_ratio_costs(tmp_path, regime, mechanism):
    """A dozen homes with large plants lift the feeder's end over 1.03: regulated, less is out of its band or held back."""
    asked = SUNNY | {"dso__regime": regime, "market__mechanism": mechanism, "grid__voltage_band": [0.97, 1.03]}
    fixed = few(tmp_path / "fixed", **asked)
    regulated = few(tmp_path / "regulated", **asked, tap_changer__mode="regulated")
    assert_closed(regulated)
    out = [float((~run.intervals["held"]).sum()) for run in (fixed, regulated)]
    lost = [run.total("held_back_wh") for run in (fixed, regulated)]
    assert out[0] > 10 if regime == "none" else lost[0] > 10_000, "nothing to do here"
    assert lost[1] <= 0.2 * lost[0]
    assert out[1] <= 0.2 * out[0]
    table = regulated.intervals
    moved = np.abs(np.diff(table["tap_position"], prepend=0))
    assert np.array_equal(moved, table["tap_steps"])
    assert moved.max() == 1, "at most one step an interval"
    assert regulated.kpis["K10_tap_steps"]["value"] == moved.sum() > 0
    assert not fixed.total("tap_steps")


@pytest.mark.parametrize("inverter", ["cos_phi", "q_v"])
@pytest.mark.parametrize("regime", ["curtail", "locational"])
def test_reactive_power_of_plants_spares_some_of_it_too(tmp_path, inverter, regime):
    """Underexcited plants lower the voltage that their sun lifts, so that less is held back, in every regime."""
    asked = SUNNY | {"dso__regime": regime, "population__pv_kw": [80.0, 90.0], "grid__rating_scale": 10.0}
    lost = [few(tmp_path / kind, **asked, population__inverter=kind).total("held_back_wh") for kind in ("unity", inverter)]
    assert lost[1] < 0.95 * lost[0]


def faults_of(changes):
    with pytest.raises(ScenarioInvalid) as found:
        build(Scenario.of({}, {"tap_changer.mode": "regulated"} | changes))
    return [(fault.where, fault.what) for fault in found.value.faults]


def test_what_is_wrong_is_said_at_once():
    wrong = faults_of(
        {"tap_changer.transformers": ["MV1.101-LV3.101-Traf"], "tap_changer.watched": "nowhere", "tap_changer.dead_band": 0.01}
    )
    assert [where for where, _ in wrong] == ["tap_changer.transformers", "tap_changer.dead_band", "tap_changer.watched"]
    ((where, what),) = faults_of({"grid.case": "case33bw"})
    assert (where, what) == ("tap_changer.mode", "regulated, and the grid has no transformer")


def test_the_sources_own_steps():
    """SimBench's transformer has two steps each way of 2.5 %, and they say which transformer it is."""
    setup = build(Scenario.of({}, {"tap_changer.mode": "regulated", "tap_changer.steps": 0}))
    assert (setup.grid.taps.low.tolist(), setup.grid.taps.high.tolist(), setup.grid.taps.step.tolist()) == ([-2], [2], [0.025])
    assert setup.taps.watched.sum() == len(setup.grid.buses) - 1, "all but the source"
    named = build(Scenario.of({}, {"tap_changer.mode": "regulated", "tap_changer.watched": setup.grid.buses.name[5]}))
    assert np.flatnonzero(named.taps.watched[0]).tolist() == [5]
