"""MATPOWER case files: the published feeders, unit conversions, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest

from p2p.base.errors import FileInvalid, GridInvalid
from p2p.grid import power_flow
from p2p.sources import grid_report, read_grid, warnings_of

FEEDERS = json.loads((Path(__file__).parents[1] / "cases/power_flow/feeders.json").read_text())["feeders"]

FROM_OHM = """
%% ohms to p.u.
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN, LAM_P, LAM_Q, MU_VMAX, MU_VMIN] = idx_bus;
[F_BUS, T_BUS, BR_R, BR_X, BR_B, RATE_A, RATE_B, RATE_C, ...
    TAP, SHIFT, BR_STATUS] = idx_brch;
Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% volts
Sbase = mpc.baseMVA * 1e6;              %% VA
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
"""
FROM_KW = "mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;\n"


def case(buses, branches, gen="\t1\t0\t0\t10\t-10\t1\t100\t1\t10\t0;", after="", base="10"):
    """The text of a case from rows of text."""
    return (
        f"function mpc = feeder\n% a feeder\nmpc.version = '2';\nmpc.baseMVA = {base};\n\n%% buses\nmpc.bus = [ %% P in kW\n"
        + "\n".join(buses)
        + f"\n];\nmpc.gen = [\n{gen}\n];\nmpc.branch = [\n"
        + "\n".join(branches)
        + "\n];\nmpc.gencost = [\n\t2\t0\t0\t3\t0\t20\t0;\n];\nmpc.bus_name = {'one'; 'two % not a comment'};\n"
        + after
    )


def bus(number, kind=1, p=0.0, q=0.0, kv="12.66", shunt="0\t0", vm="1"):
    return f"\t{number}\t{kind}\t{p}\t{q}\t{shunt}\t1\t{vm}\t0\t{kv}\t1\t1.1\t0.9;"


def branch(a, b, r, x, status=1, charging=0.0, rate=0.0, ratio=0.0, shift=0.0):
    return f"\t{a}\t{b}\t{r}\t{x}\t{charging}\t{rate}\t0\t0\t{ratio}\t{shift}\t{status}\t-360\t360;"


def written(folder, text):
    (folder / "feeder.m").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("feeder", FEEDERS, ids=[one["name"] for one in FEEDERS])
def test_a_published_feeder_in_ohm_and_kw(feeder, tmp_path):
    buses = [bus(number, 3 if number == feeder["slack"] else 1, p, q, feeder["kv"]) for number, p, q in feeder["buses"]]
    branches = [branch(a, b, r, x, status) for a, b, r, x, status in feeder["branches"]]
    read = read_grid("feeder.m", written(tmp_path, case(buses, branches, after=FROM_OHM + FROM_KW)))
    report, expected = grid_report(read), feeder["expected"]
    assert report["losses_kw"] == pytest.approx(expected["losses_kw"], rel=feeder["tolerance"]["losses_relative"])
    assert report["min_voltage_pu"] == pytest.approx(expected["min_voltage_pu"], abs=feeder["tolerance"]["voltage_pu"])
    assert report["min_voltage_bus"] == str(expected["min_voltage_bus"])
    assert report["load_kw"] == pytest.approx(sum(row[1] for row in feeder["buses"]))
    assert report["radial"]


def two(after="", gen="\t1\t0\t0\t10\t-10\t1.02\t100\t1\t10\t0;", **more):
    return case([bus(1, 3), bus(20, 1, 1.0, 0.5, **more)], [branch(1, 20, 0.01, 0.02)], gen, after)


def test_numbers_buses_and_generators_are_taken_as_they_are(tmp_path):
    gen = "1 0 0 10 -10 1.02 100 1 10 0\n20, 0.4, 0.1, 10, -10, 1, 100, 1, 10, 0\n20 5 5 0 0 1 100 0 0 0"
    feeder = read_grid("feeder.m", written(tmp_path, two(gen=gen, shunt="0.2\t0.3")))
    assert feeder.grid.buses.name.tolist() == ["1", "20"]
    assert feeder.grid.slack_voltage == 1.02
    assert feeder.grid.base_kva == 10_000.0
    assert feeder.loads.p_kw.tolist() == [1000.0]
    assert feeder.generators.p_kw.tolist() == [400.0]
    assert feeder.grid.buses.p_kw.tolist() == [0.0, 600.0]
    assert feeder.grid.buses.q_kvar.tolist() == [0.0, 400.0]
    assert feeder.grid.buses.shunt_g.tolist() == [0.0, pytest.approx(0.02)]
    assert feeder.grid.buses.shunt_b.tolist() == [0.0, pytest.approx(0.03)]


def test_transformers_charging_and_ratings(tmp_path):
    text = case(
        [bus(1, 3, kv="135/sqrt(3)"), bus(2, kv="12/sqrt(3)"), bus(3, 1, 2.0, 1.0, "12/sqrt(3)")],
        [branch(1, 2, 0.0, 0.1, ratio=1.05, shift=30), branch(2, 3, 0.02, 0.02, charging=0.1, rate=2.5), branch(1, 3, 1, 1, status=0)],
    )
    feeder = read_grid("feeder.m", written(tmp_path, text))
    branches = feeder.grid.branches
    assert branches.kind.tolist() == ["transformer", "line"]
    assert branches.tap.tolist() == [1.05, 1.0]
    assert branches.shift.tolist() == [pytest.approx(np.pi / 6), 0.0]
    assert branches.b_from.tolist() == branches.b_to.tolist() == [0.0, 0.05]
    assert branches.rating_kva.tolist() == [0.0, 2500.0]
    assert feeder.grid.buses.kv[0] == pytest.approx(77.94229)
    assert power_flow(feeder.grid).voltage[1] < 0.96


def test_loads_in_kva_at_a_power_factor(tmp_path):
    after = "define_constants;\npf = 0.85;\nmpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));\nmpc.bus(:, PD) = mpc.bus(:, PD) * pf;\n"
    loads = read_grid("feeder.m", written(tmp_path, two(after))).loads
    assert loads.p_kw.tolist() == [pytest.approx(850.0)]
    assert loads.q_kvar.tolist() == [pytest.approx(1000 * np.sin(np.arccos(0.85)))]


def test_block_comments_and_rows_without_semicolons(tmp_path):
    text = two().replace("%% buses", "%{\nmpc.bus = nonsense(\n%}\n").replace("0.9;", "0.9")
    assert len(read_grid("feeder.m", written(tmp_path, text)).grid.buses) == 2


def test_references_of_one_voltage_are_one_slack(tmp_path):
    gen = "1 0 0 10 -10 1 100 1 10 0\n2 0 0 10 -10 1 100 1 10 0"
    rows = [bus(1, 3), bus(2, 3), bus(3, 1, 1.0)], [branch(1, 3, 0.01, 0.02), branch(2, 3, 0.01, 0.02)]
    grid = read_grid("feeder.m", written(tmp_path, case(*rows, gen))).grid
    assert len(grid.buses) == 2
    assert not grid.radial
    with pytest.raises(GridInvalid, match="2 references of unlike voltage"):
        read_grid("feeder.m", written(tmp_path, case(*rows, gen.replace("2 0 0 10 -10 1 ", "2 0 0 10 -10 1.01 "))))


NOT_UNDERSTOOD = [
    ("x = system('ls');", "is not understood"),
    ("mpc = loadcase('other');", "is not understood"),
    ("for i = 1:3\nend", "no assignment|not understood"),
    ("mpc.bus(:, PD) = mpc.bus(:, PD) * mpc.bus(:, QD);", "a product of matrices"),
    ("mpc.bus(:, 99) = 1;", "wants others"),
    ("mpc.bus(1:2, PD) = 1;", "no ','"),
    ("mpc.dcline = scale(mpc.branch);", "nothing that is known"),
    ("PD = 4;", "is the number of a column"),
    ("[PD, QD] = idx_bus;", "another order"),
    ("mpc.bus = [1 2; 3];", "rows of 1 and 2 columns"),
    ("mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, BR_R);", "numbers for"),
    ("if mpc.baseMVA > 10, mpc.baseMVA = 10; end", "not understood"),
    ("mpc.bus(:, PD) = @(x) x;", "not understood"),
    ("mpc.bus = [1 2 3", "never closed"),
]


@pytest.mark.parametrize(("statement", "message"), NOT_UNDERSTOOD, ids=[statement for statement, _ in NOT_UNDERSTOOD])
def test_a_statement_that_is_not_understood_is_refused_with_its_line(statement, message, tmp_path):
    with pytest.raises(FileInvalid, match=message) as caught:
        read_grid("feeder.m", written(tmp_path, two(statement + "\n")))
    assert "feeder.m" in str(caught.value)
    assert "line" in str(caught.value)


def test_every_such_statement_is_named(tmp_path):
    with pytest.raises(FileInvalid) as caught:
        read_grid("feeder.m", written(tmp_path, two("a = f(1);\nb = g(2);\nmpc.bus(:, 77) = 1;\n")))
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("mpc.baseMVA = 10;", ""), "baseMVA is missing"),
        (lambda text: text.replace("mpc.baseMVA = 10;", "mpc.baseMVA = 0;"), "no positive number"),
        (lambda text: text.replace("mpc.branch", "mpc.lines"), "mpc.branch is missing"),
        (lambda text: text.replace("\t1\t0\t0\t10\t-10\t1.02\t100\t1\t10\t0;", "1 2 3;"), "mpc.gen has 3 columns; 8 or more"),
        (lambda text: text.replace("\t20\t1\t1.0\t", "\t20\t1\tNaN\t"), "1 rows with what is no number"),
        (lambda _: "", "mpc.bus is missing"),
        (lambda _: "\0\1\2", "not understood"),
    ],
)
def test_a_file_that_is_no_case_is_refused(change, message, tmp_path):
    with pytest.raises(FileInvalid, match=message):
        read_grid("feeder.m", written(tmp_path, change(two())))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace("\t20\t1\t1.0", "\t20\t2\t1.0").replace("10\t0;", "10\t0;\n20 1 0 1 -1 1 1 1 1 0"),
            "1 buses hold a voltage",
        ),
        (lambda text: text.replace("\t1\t3\t0.0", "\t1\t1\t0.0"), "no bus is the reference"),
        (lambda text: text.replace("\t1\t20\t0.01", "\t1\t21\t0.01"), r"1 buses are not there: \[21\]"),
        (lambda text: text.replace("\t20\t1\t1.0", "\t1\t1\t1.0"), r"\[1\] stand twice"),
        (lambda text: text.replace("\t0.01\t0.02", "\t-0.01\t0.02"), "negative impedance: 1-20"),
        (lambda text: text.replace("\t0.01\t0.02", "\t0\t0"), "no impedance: 1-20"),
        (lambda text: text.replace("0.0\t1\t-360", "0.0\t0\t-360"), "hang on no branch: 1, 20"),
    ],
)
def test_a_case_without_a_power_flow_is_refused(change, message, tmp_path):
    with pytest.raises(GridInvalid, match=message):
        read_grid("feeder.m", written(tmp_path, change(two())))


def test_a_missing_file_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(FileInvalid, match=r"no file 'feeder\.m' in") as caught:
        read_grid("feeder.m", tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_what_looks_wrong_with_a_case_is_said(tmp_path):
    """In MATPOWER's format a rateA of 0 is no limit; isolated buses take no part; bands are looked at and not kept."""
    low, high = bus(2, 1, 1.0).replace("1.1\t0.9;", "0.9\t1.1;"), bus(3, 1, 1.0)
    buses = [bus(1, 3), low, high, bus(9, 4)]
    rated = [branch(1, 2, 0.01, 0.01, rate=0.0), branch(2, 3, 0.01, 0.01, rate=5.0)]
    feeder = read_grid("feeder.m", written(tmp_path, case(buses, rated)))
    said = [str(warning) for warning in warnings_of(feeder)]
    assert said[:3] == [
        "feeder, ratings: 1 of 2 have rateA = 0, which the format takes for unlimited: 1-2; MVA, where there is a limit",
        "feeder, bus: 1 are isolated (type 4) and left out: 9",
        "feeder, bus: 1 have a voltage band that is upside down (Vmin > Vmax): 2; Vmin <= Vmax; a run keeps grid.voltage_band",
    ]
    assert not any("overloaded" in line for line in said)  # said once
    assert feeder.grid.branches.rating_kva.tolist() == [0.0, 5000.0]
    assert power_flow(feeder.grid).loading[0] == 0
    assert read_grid("feeder.m", tmp_path).notes == feeder.notes  # from the cache, too
