"""The cache: quick, without pandapower, and never believed where it was cut, changed or half written."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from p2p.base.files import cache_folder
from p2p.sources import read_grid
from p2p.sources.kept_feeder import from_arrays, to_arrays
from p2p.sources.store import kept, read_arrays, write_arrays

ARRAYS = {
    "name": np.array(["Müller", ""]),
    "none": np.empty((0, 3)),
    "x": np.arange(7.0),
    "y": np.eye(3, dtype=np.int32).T,
    "one": np.array(2.5),
}


def same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].dtype == b[name].dtype
        np.testing.assert_array_equal(a[name], b[name])


def test_arrays_come_back_as_they_were(tmp_path):
    write_arrays(tmp_path / "a", ARRAYS)
    same(read_arrays(tmp_path / "a"), ARRAYS)
    assert not read_arrays(tmp_path / "a")["x"].flags.writeable


def test_a_file_that_is_not_whole_is_not_believed(tmp_path):
    path = tmp_path / "a"
    write_arrays(path, ARRAYS)
    whole = path.read_bytes()
    for length in [0, 1, 11, 40, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert read_arrays(path) is None
    for place in [0, 15, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert read_arrays(path) is None
    path.write_bytes(whole + b"more")
    assert read_arrays(path) is None
    assert read_arrays(tmp_path / "b") is None
    assert read_arrays(tmp_path) is None


def test_what_is_kept_is_built_once_and_again_when_it_is_spoilt(tmp_path, monkeypatch):
    monkeypatch.setenv("P2P_CACHE", str(tmp_path))
    built = []

    def build():
        built.append(1)
        return ARRAYS

    same(kept("grid", ["a"], build), ARRAYS)
    same(kept("grid", ["a"], build), ARRAYS)
    assert len(built) == 1
    kept("grid", ["b"], build)
    assert len(built) == 2
    (path,) = (cache_folder() / "sources").glob("*.arrays") if len(built) == 1 else list((cache_folder() / "sources").glob("*.arrays"))[:1]
    path.write_bytes(path.read_bytes()[:-1])
    for key in "ab":
        same(kept("grid", [key], build), ARRAYS)
    assert len(built) == 3


def test_another_version_of_pandapower_is_another_entry(tmp_path, monkeypatch):
    monkeypatch.setenv("P2P_CACHE", str(tmp_path))
    kept("grid", ["a"], lambda: ARRAYS)
    monkeypatch.setattr("p2p.sources.store.version", lambda _: "99.0")
    built = []
    kept("grid", ["a"], lambda: built.append(1) or ARRAYS)
    assert built


def test_a_cache_that_can_not_be_written_is_no_fault(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("P2P_CACHE", str(tmp_path / "file"))
    same(kept("grid", ["a"], lambda: ARRAYS), ARRAYS)


def test_many_at_once_all_get_the_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("P2P_CACHE", str(tmp_path))
    big = {"x": np.random.default_rng(1).random(200_000)}
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: kept("grid", ["a"], lambda: big), range(24)):
            same(found, big)
    assert len(list((tmp_path / "sources").iterdir())) == 1


def test_a_feeder_survives_the_disk():
    pytest.importorskip("pandapower")
    feeder = read_grid("cigre_mv_pv_wind")
    back = from_arrays(to_arrays(feeder))
    assert back.grid.name == feeder.grid.name
    assert (back.grid.slack, back.grid.slack_voltage, back.grid.base_kva) == (
        feeder.grid.slack,
        feeder.grid.slack_voltage,
        feeder.grid.base_kva,
    )
    for mine, theirs in (
        (back.grid.buses, feeder.grid.buses),
        (back.grid.branches, feeder.grid.branches),
        (back.loads, feeder.loads),
        (back.generators, feeder.generators),
        (back.storages, feeder.storages),
    ):
        same(mine.columns(), theirs.columns())


SECOND = """
import sys, time
from p2p.sources import read_grid, GRIDS
began = time.perf_counter()
feeder = read_grid("case33bw")
took = time.perf_counter() - began
heavy = sorted({"pandapower", "simbench", "pandas", "networkx", "numba", "scipy", "matplotlib"} & set(sys.modules))
print(len(feeder.grid.buses), heavy, took < 0.1)
"""


def test_the_second_time_needs_no_pandapower_and_no_time():
    pytest.importorskip("pandapower")
    read_grid("case33bw")
    done = subprocess.run([sys.executable, "-c", SECOND], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == ["33", "[] True\n"]
