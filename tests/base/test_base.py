"""Units, clock, streams, registry, files: what everything stands on."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.clock import Clock
from p2p.base.columns import Columns
from p2p.base.errors import FileInvalid, InputError, UnknownName
from p2p.base.files import whole_file, whole_folder
from p2p.base.registry import named
from p2p.base.streams import Streams
from p2p.base.units import to_lots
from p2p.orders import Orders


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_lots_keep_the_sum(amounts):
    amounts = np.array(amounts, np.float64)
    lots = to_lots(amounts)
    assert lots.sum() == np.rint(amounts.sum())
    assert np.all(np.abs(lots - amounts) < 1 + 1e-6)


@pytest.mark.parametrize(
    ("start", "intervals"),
    [(date(2016, 3, 27), 92), (date(2016, 10, 30), 100), (date(2016, 7, 4), 96)],
    ids=["summer time begins", "summer time ends", "any other day"],
)
def test_days_are_as_long_as_people_live_them(start, intervals):
    clock = Clock(start, 1)
    assert clock.intervals == intervals
    assert clock.local[0] == np.datetime64(start)
    assert clock.local[-1] == np.datetime64(start) + np.timedelta64(23 * 60 + 45, "m")
    assert np.all(np.diff(clock.utc) == np.timedelta64(15, "m"))


def test_a_year_begins_at_local_midnight():
    clock = Clock(date(2016, 1, 1), 366)
    assert clock.intervals == 366 * 96
    assert clock.midnight(0) == datetime(2015, 12, 31, 23, tzinfo=UTC)
    assert np.array_equal(np.diff(clock.day_start)[[0, 86, 303]], [96, 92, 100])


def test_a_stream_depends_on_seed_name_and_interval_only():
    once, again = Streams(3).at("luck", 5).random(4), Streams(3).at("luck", 5).random(4)
    assert np.array_equal(once, again)
    for other in (Streams(4).at("luck", 5), Streams(3).at("arrival", 5), Streams(3).at("luck", 6)):
        assert not np.array_equal(once, other.random(4))


def test_columns_are_equally_long():
    with pytest.raises(ValueError, match="energy has 2"):
        Orders.of(side=[1], energy=[1, 2], price=[1])
    both = Orders.concat([Orders.of([1], [2], [3]), Orders.of([-1], [5], [6])])
    assert isinstance(both, Columns)
    assert len(both) == 2
    assert both.take(np.array([1])).energy.tolist() == [5]


def test_a_name_may_come_from_a_file(tmp_path):
    (tmp_path / "own.py").write_text("class Mine:\n    pass\n")
    assert named({}, "own.py:Mine", "strategy", tmp_path).__name__ == "Mine"
    with pytest.raises(FileInvalid, match="has no 'Yours'"):
        named({}, "own.py:Yours", "strategy", tmp_path)
    with pytest.raises(FileInvalid, match="no file"):
        named({}, "other.py:Mine", "strategy", tmp_path)
    (tmp_path / "broken.py").write_text("import nothing_like_it\n")
    with pytest.raises(FileInvalid, match="fails on import"):
        named({}, "broken.py:Mine", "strategy", tmp_path)
    with pytest.raises(UnknownName, match="did you mean 'uniform'"):
        named({"uniform": 1}, "unifrom", "mechanism")


def test_a_killed_write_leaves_nothing(tmp_path):
    target = tmp_path / "file.txt"
    with pytest.raises(KeyboardInterrupt), whole_file(target) as draft:
        draft.write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    folder = tmp_path / "out"
    with whole_folder(folder) as draft:
        (draft / "a").write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_folder(folder) as draft:
        (draft / "a").write_text("new")
        raise KeyboardInterrupt
    assert (folder / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_cannot_be_made_is_one_clear_fault(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"), whole_folder(tmp_path / "file" / "out"):
        pass
