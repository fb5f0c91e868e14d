"""Grids from CSV files: the papers' answers, every fault at once with its file, column and row, and writing one."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import p2p
from p2p.base.errors import FileInvalid, GridInvalid, InputError
from p2p.grid import power_flow
from p2p.sources import read_grid, warnings_of, write_grid
from tests.grid.grids import FEEDERS, paper_feeder

EXAMPLE = Path(__file__).parents[2] / "docs/examples/own_grid"

BUSES = "name,kv,p_kw,q_kvar\na,0.4,,\nb,0.4,10,2\nc,0.4,-5,0\n"
BRANCHES = "from_bus,to_bus,r_ohm,x_ohm,rating_kva\na,b,0.1,0.05,50\nb,c,0.1,0.05,\n"


def written(folder, buses=BUSES, branches=BRANCHES, loads=None):
    folder.mkdir(exist_ok=True)
    for name, text in (("buses.csv", buses), ("branches.csv", branches), ("loads.csv", loads)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def faults(tmp_path, **files):
    with pytest.raises(InputError) as caught:
        read_grid(written(tmp_path / "net", **files))
    assert caught.value.exit_code == 2
    return str(caught.value).replace(str(tmp_path / "net") + "/", "")


@pytest.mark.parametrize("name", ["case33bw", "case69"])
def test_a_feeder_of_a_paper_in_ohm_has_its_losses(tmp_path, name):
    case = FEEDERS[name]
    rows = "\n".join(f"{bus},{case['kv']},{p},{q}" for bus, p, q in case["buses"])
    lines = "\n".join(",".join(map(str, row)) for row in case["branches"])
    feeder = read_grid(written(tmp_path / name, f"name,kv,p_kw,q_kvar\n{rows}\n", f"from_bus,to_bus,r_ohm,x_ohm,closed\n{lines}\n"))
    flow = power_flow(feeder.grid)
    assert flow.losses_kw == pytest.approx(case["expected"]["losses_kw"], rel=case["tolerance"]["losses_relative"])
    assert flow.voltage.min() == pytest.approx(case["expected"]["min_voltage_pu"], abs=case["tolerance"]["voltage_pu"])
    assert feeder.grid.buses.name[flow.voltage.argmin()] == str(case["expected"]["min_voltage_bus"])
    assert len(feeder.loads) == np.count_nonzero(np.array(case["buses"])[:, 1])
    assert feeder.grid.name == name


def test_the_example_has_the_losses_of_a_hand_calculation():
    """The transformer's copper losses, 3 I² r: at its rated 160 kVA and 400 V, I is 160 / (sqrt(3) 0.4) = 230.94 A; here it is as much
    less as the loading says."""
    feeder = read_grid(str(EXAMPLE))
    flow = power_flow(feeder.grid)
    assert [*feeder.grid.branches.kind] == ["transformer", "line", "line", "line"]
    lost = flow.p_kw[0] - flow.p_kw[1]
    assert lost == pytest.approx(3 * 230.94**2 * 0.0147e-3 * (flow.loading[0] / 100) ** 2, rel=1e-3)
    assert feeder.grid.branches.rating_kva[1] == pytest.approx(np.sqrt(3) * 0.27 * 400)
    assert [*feeder.loads.profile[:3]] == ["H0-A", "H0-B", "G5-A"]
    assert feeder.grid.buses.p_kw.tolist() == [0, 0, 11, 21, 30]
    assert warnings_of(feeder) == ()


def test_signs_tell_loads_from_generators_and_the_first_bus_is_the_slack(tmp_path):
    feeder = read_grid(written(tmp_path / "net"))
    assert (feeder.grid.slack, feeder.grid.slack_voltage) == (0, 1.0)
    assert (feeder.loads.bus.tolist(), feeder.loads.p_kw.tolist()) == ([1], [10.0])
    assert (feeder.generators.bus.tolist(), feeder.generators.p_kw.tolist()) == ([2], [5.0])
    assert feeder.grid.branches.rating_kva.tolist() == [50.0, 0.0]  # nothing stated is no limit


def test_a_slack_by_name_holds_its_voltage(tmp_path):
    buses = "name,kv,p_kw,slack,voltage_pu\na,0.4,3,,\nb,0.4,10,,\nc,0.4,0,yes,1.03\n"
    grid = read_grid(written(tmp_path / "net", buses)).grid
    assert (grid.slack, grid.slack_voltage) == (2, 1.03)


def test_decimal_commas_and_semicolons_are_read(tmp_path):
    plain = read_grid(written(tmp_path / "net")).grid
    comma = {name: text.replace(",", ";").replace(".", ",") for name, text in (("buses", BUSES), ("branches", BRANCHES))}
    other = read_grid(written(tmp_path / "other", **comma)).grid
    np.testing.assert_array_equal(power_flow(plain).voltage, power_flow(other).voltage)


def test_a_transformer_may_be_written_from_either_side(tmp_path):
    buses = "name,kv,p_kw\nhigh,20,0\nlow,0.4,50\n"
    one = read_grid(written(tmp_path / "one", buses, "from_bus,to_bus,r_ohm,x_ohm,tap\nhigh,low,0.01,0.04,1.05\n")).grid
    two = read_grid(written(tmp_path / "two", buses, "from_bus,to_bus,r_ohm,x_ohm,tap\nlow,high,0.01,0.04,1.05\n")).grid
    np.testing.assert_array_equal(power_flow(one).voltage, power_flow(two).voltage)
    assert power_flow(one).voltage[1] == pytest.approx(1 / 1.05, abs=0.01)


def test_charging_feeds_in_its_reactive_power(tmp_path):
    """1000 µS at 20 kV are 400 kvar, V being 1 p.u. on a line of next to no impedance."""
    buses, branches = "name,kv\na,20\nb,20\n", "from_bus,to_bus,r_ohm,x_ohm,b_us\na,b,1e-6,1e-6,1000\n"
    assert power_flow(read_grid(written(tmp_path / "net", buses, branches)).grid).import_kvar == pytest.approx(-400, abs=1e-3)


BAD = [
    ({"buses": BUSES.replace("0.4,10", "x,10")}, "buses.csv, column kv: 1 are no numbers (row 3), the first 'x'"),
    ({"buses": BUSES.replace("0.4,10", ",10")}, "buses.csv, column kv: 1 are empty (row 3)"),
    ({"buses": BUSES.replace("0.4,10", "-0.4,10")}, "buses.csv, column kv: 1 are out of bounds (row 3), the first '-0.4'"),
    ({"buses": BUSES.replace("0.4,10", "0.4,1_0")}, "buses.csv, column p_kw: 1 are no numbers (row 3), the first '1_0'"),
    ({"buses": BUSES.replace("0.4,10", "0.4,inf")}, "buses.csv, column p_kw: 1 are no numbers (row 3)"),
    ({"buses": BUSES.replace("b,0.4", "a,0.4")}, "buses.csv, column name: 1 stand above already (row 3), the first 'a'"),
    ({"buses": BUSES.replace("b,0.4", ",0.4")}, "buses.csv, column name: 1 are empty (row 3)"),
    ({"buses": BUSES.replace("p_kw", "p_kW")}, "unknown column 'p_kW'; did you mean 'p_kw'?"),
    ({"buses": BUSES.replace("name", "bus")}, "has no column 'name'; needed: name, kv"),
    ({"buses": BUSES.replace("q_kvar", "p_kw")}, "has the column 'p_kw' twice"),
    ({"buses": "name,kv\n"}, "has no rows; one row of headings and rows below it"),
    ({"buses": "name,kv,slack\na,0.4,1\nb,0.4,1\nc,0.4,0\n"}, "buses.csv, column slack: 2 buses are the slack (rows 2, 3); one"),
    ({"buses": "name,kv,slack\na,0.4,\nb,0.4,\nc,0.4,0\n"}, "buses.csv, column slack: 0 buses are the slack; one"),
    ({"buses": "name,kv,slack\na,0.4,maybe\nb,0.4,1\nc,0.4,0\n"}, "column slack: 1 are neither yes nor no (row 2), the first 'maybe'"),
    ({"buses": "name,kv,voltage_pu\na,0.4,1.02\nb,0.4,1\nc,0.4,\n"}, "column voltage_pu: 1 hold a voltage (row 3), the first '1.0'; only the"),
    ({"buses": "name,kv,voltage_pu\na,0.4,102\nb,0.4,\nc,0.4,\n"}, "column voltage_pu: 1 are out of bounds (row 2)"),
    ({"buses": "name,kv,v_min_pu,v_max_pu\na,0.4,1.1,0.9\nb,0.4,,\nc,0.4,0.9,1.1\n"}, "column v_min_pu: 1 are above v_max_pu: the band is"),
    ({"buses": "name,kv,phases\na,0.4,abc\nb,0.4,a\nc,0.4,ABCN\n"}, "buses.csv, column phases: 1 lack a phase (row 3), the first 'a'; abc"),
    ({"branches": BRANCHES.replace("b,c", "b,d")}, "branches.csv, column to_bus: 1 are no bus (row 3), the first 'd'"),
    ({"branches": BRANCHES.replace("b,c", "b,b")}, "branches.csv, column to_bus: 1 are the bus where the branch begins (row 3)"),
    ({"branches": BRANCHES.replace("0.1,0.05,50", "0,0,50")}, "branches.csv, column r_ohm: 1 have no impedance (row 2)"),
    ({"branches": BRANCHES.replace("0.1,0.05,50", "-1,0.05,50")}, "branches.csv, column r_ohm: 1 are out of bounds (row 2), the first '-1"),
    ({"branches": BRANCHES.replace(",50", ",0")}, "branches.csv, column rating_kva: 1 are out of bounds (row 2), the first '0.0'; above 0 kVA; 0 would"),
    ({"branches": BRANCHES.replace("rating_kva", "max_i_ka").replace(",50", ",0")}, "column max_i_ka: 1 are out of bounds (row 2)"),
    ({"branches": BRANCHES + "a,c,0.1,0.1,5,7\n"}, "branches.csv: 1 rows have more cells than headings (row 4)"),
    ({"branches": "from_bus,to_bus,r_ohm,x_ohm,closed\na,b,1,1,1\nb,c,1,1,0\n"}, "net, buses: 1 of 3 hang on no branch: c"),
    ({"branches": "from_bus,to_bus,r_ohm,x_ohm,kind\na,b,1,1,cable\nb,c,1,1,line\n"}, "column kind: 1 are unknown (row 2), the first 'cable'"),
    ({"branches": "from_bus,to_bus,r_ohm,x_ohm,rating_kva,max_i_ka\na,b,1,1,5,5\nb,c,1,1,,\n"}, "max_i_ka: 1 stand beside a rating_kva (row 2)"),
    ({"loads": "bus,p_kw\nb,1\n"}, "buses.csv, column p_kw: 2 draw power beside loads.csv (rows 3, 4)"),
    ({"loads": "bus,p_kw\nz,1\n"}, "loads.csv, column bus: 1 are no bus (row 2), the first 'z'; a name in buses.csv"),
    ({"loads": "bus,p_kw\nb,\n"}, "loads.csv, column p_kw: 1 are empty (row 2)"),
    ({"loads": "bus,kw\nb,1\n"}, "loads.csv: unknown column 'kw'; did you mean 'p_kw'?"),
    ({"loads": "bus,p_kw,phases\nb,1,b\n"}, "loads.csv, column phases: 1 lack a phase (row 2)"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "message"), BAD, ids=[message for _, message in BAD])
def test_a_fault_has_its_file_column_and_row(tmp_path, files, message):
    assert message in faults(tmp_path, **files)


def test_a_line_between_two_voltages_is_refused(tmp_path):
    branches = BRANCHES.replace("x_ohm,rating_kva", "x_ohm,kind").replace(",50", ",line").replace("0.05,\n", "0.05,line\n")
    said = faults(tmp_path, buses=BUSES.replace("b,0.4", "b,20"), branches=branches)
    assert "branches.csv, column kind: 2 are lines between two voltages (rows 2, 3)" in said


def test_a_transformer_is_not_rated_by_current(tmp_path):
    branches = BRANCHES.replace("rating_kva", "max_i_ka")
    assert "max_i_ka: 1 rate a transformer (row 2)" in faults(tmp_path, buses=BUSES.replace("a,0.4", "a,20"), branches=branches)


def test_a_profile_that_is_none_is_refused(tmp_path):
    pytest.importorskip("simbench")
    said = faults(tmp_path, buses="name,kv\na,0.4\nb,0.4\nc,0.4\n", loads="bus,p_kw,profile\nb,1,H0-Z\n")
    assert "loads.csv, column profile: 1 are no profile (row 2), the first 'H0-Z'; did you mean 'H0-" in said
    assert len(said) < 300


def test_faults_of_all_files_come_at_once(tmp_path):
    buses = "name,kv\na,0.4\nb,-1\nc,0.4\nd,0.4\n"
    branches = "from_bus,to_bus,r_ohm,x_ohm,rating_kva\na,b,0,0,50\nc,d,0.1,x,0\n"
    said = faults(tmp_path, buses=buses, branches=branches, loads="bus,p_kw\nq,1\n")
    for part in ("column kv", "no impedance", "column x_ohm", "column rating_kva", "loads.csv, column bus", "cut off from the slack"):
        assert part in said
    said = faults(tmp_path, buses="name,k\na,1\n", branches="from,to_bus\na,b\n", loads="p_kw\n1\n")
    for part in (
        "has no column 'kv'",
        "unknown column 'k'",
        "has no column 'r_ohm'",
        "unknown column 'from'",
        "loads.csv: has no column 'bus'",
    ):
        assert part in said


def test_files_that_can_not_be_read_are_named_together(tmp_path):
    folder = Path(written(tmp_path / "net"))
    for name in ("buses.csv", "branches.csv"):
        (folder / name).write_bytes(b"name\n\xff\n")
    with pytest.raises(FileInvalid) as caught:
        read_grid(str(folder))
    assert len(caught.value.faults) == 2


def test_a_folder_without_a_grid_is_refused(tmp_path):
    with pytest.raises(FileInvalid, match=r"no file 'buses.csv'[\s\S]*no file 'branches.csv'"):
        read_grid(str(tmp_path))
    with pytest.raises(FileInvalid, match=r"no folder '.*none'; a folder with buses.csv and branches.csv"):
        read_grid("none/", tmp_path)


def test_a_changed_file_is_read_anew(tmp_path):
    before = power_flow(read_grid(written(tmp_path / "net")).grid).losses_kw
    assert power_flow(read_grid(written(tmp_path / "net", BUSES.replace("10,2", "20,2"))).grid).losses_kw > 2 * before


def test_a_written_grid_is_read_as_it_was(tmp_path):
    grid = paper_feeder("case33bw")
    again = read_grid(str(write_grid(grid, tmp_path / "again"))).grid
    np.testing.assert_allclose(power_flow(again).voltage, power_flow(grid).voltage, atol=1e-12)
    assert again.buses.name.tolist() == grid.buses.name.tolist()
    assert again.branches.name.tolist() == grid.branches.name.tolist()


def test_a_grid_that_the_columns_can_not_state_is_not_written(tmp_path):
    grid = paper_feeder("case12da")
    bent = replace(grid, branches=grid.branches.replace(g_from=np.full(11, 0.1)), buses=grid.buses.replace(shunt_b=np.full(12, 0.1)))
    with pytest.raises(GridInvalid) as caught:
        write_grid(bent, tmp_path / "bent")
    assert len(caught.value.faults) == 2
    assert not (tmp_path / "bent").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").touch()
    with pytest.raises(FileInvalid, match="is there already"):
        write_grid(grid, tmp_path / "full")


def test_a_run_on_an_own_grid_names_its_files(tmp_path):
    pytest.importorskip("simbench")
    shutil.copytree(EXAMPLE, tmp_path / "own")
    scenario = p2p.Scenario.of({"grid": {"csv": str(tmp_path / "own")}, "clock": {"days": 1}, "population": {"households": 9}})
    results = p2p.run(scenario, tmp_path / "out")
    assert set(results.run["inputs"]) == {"buses.csv", "branches.csv", "loads.csv"}
    assert len(results.bills["agent"]) == 9


def test_a_graph_is_written_and_run(tmp_path):
    pytest.importorskip("simbench")
    graph = nx.path_graph(["station", "farm", "mill"])
    graph.nodes["station"].update(kv=0.4, slack=True)
    for name in ("farm", "mill"):
        graph.nodes[name].update(kv=0.4, p_kw=8.0, q_kvar=1.0)
    for edge in graph.edges:
        graph.edges[edge].update(r_ohm=0.05, x_ohm=0.02, rating_kva=80.0)
    p2p.write_grid(p2p.Grid.from_networkx(graph, "street"), tmp_path / "street")
    sections = {"grid": {"csv": "street"}, "clock": {"days": 1}, "results": {"report": False, "reference": False}}
    (tmp_path / "scenario.toml").write_text(
        "\n".join(
            f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items()) for name, keys in sections.items()
        )
    )
    results = p2p.run(tmp_path / "scenario.toml", tmp_path / "out")
    assert results.bills["agent"].tolist()[:2] == ["home 1", "home 2"]
