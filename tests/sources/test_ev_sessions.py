"""Files of charging sessions: what is read, and all that is wrong with them at once."""

import numpy as np
import pandas
import pytest

from p2p.base.errors import FileInvalid
from p2p.sources.ev_sessions import read_ev_sessions

HEAD = "location,user_id,plugin_time,plugout_time,connection_h,energy_kwh\n"
GOOD = "A,B2,2024-01-01 18:00,2024-01-02 07:00,13,9.5\nA,A1,2024-01-01 17:30:15,2024-01-03 08:00,38.5,20\n"


def written(tmp_path, text, name="sessions.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_by_hand(tmp_path):
    """Users are numbered by name; 2024-01-01 is day 19,723 since 1970: 18:00 is 19,723 x 86,400 + 64,800 s."""
    sessions = read_ev_sessions(written(tmp_path, HEAD + GOOD))
    assert sessions.user.tolist() == [1, 0]
    assert sessions.arrival.tolist() == [19_723 * 86_400 + 64_800, 19_723 * 86_400 + 63_015]
    assert sessions.departure.tolist() == [19_724 * 86_400 + 25_200, 19_725 * 86_400 + 28_800]
    assert sessions.energy.tolist() == [9.5, 20.0]


def test_csv_and_parquet_are_one(tmp_path):
    path = tmp_path / "sessions.parquet"
    frame = pandas.read_csv(written(tmp_path, HEAD + GOOD), parse_dates=["plugin_time", "plugout_time"], date_format="mixed")
    frame.astype({"user_id": "category"}).to_parquet(path)
    read, other = read_ev_sessions(path), read_ev_sessions(tmp_path / "sessions.csv")
    for name, column in read.columns().items():
        assert np.array_equal(column, getattr(other, name))


def test_watt_hours_semicolons_and_commas(tmp_path):
    text = "Location;plug_in;plug_out;energy_wh\nS;01.02.2024 08:00;01.02.2024 09:00;1500,5\n"
    sessions = read_ev_sessions(written(tmp_path, text))
    assert sessions.energy == pytest.approx([1.5005])
    assert sessions.user.tolist() == [0]


def test_without_users_sessions_are_dealt_out(tmp_path):
    """40 sessions in 20 days are 2 a day, which five cars make with 0.4 a day each."""
    rows = [f"2024-01-{day:02d} {hour:02d}:00,2024-01-{day:02d} {hour + 2:02d}:00,5\n" for day in range(1, 21) for hour in (8, 18)]
    sessions = read_ev_sessions(written(tmp_path, "plug_in,plug_out,energy_kwh\n" + "".join(rows)))
    assert len(np.unique(sessions.user)) in (5, 6)
    assert sessions.user[:3].tolist() == [0, 1, 2]


FAULTY = (
    "A,U,2024-01-02 18:00,2024-01-01 07:00,13,9.5\n"
    "A,U,2024-01-03 18:00,,13,9.5\n"
    "A,U,2024-01-04 18:00,2024-01-05 07:00,13,-1\n"
    "A,,2024-01-05 18:00,2024-01-06 07:00,13,NaN\n"
)


def test_all_faults_at_once_with_their_rows(tmp_path):
    """Rows count from the headings, which are row 1."""
    with pytest.raises(FileInvalid) as error:
        read_ev_sessions(written(tmp_path, HEAD + GOOD + FAULTY))
    text = str(error.value)
    for part in ("plug-out before plug-in (row 4)", "'plugout_time': 1 cells are empty (row 5)", "negative energy (row 6)"):
        assert part in text
    assert "'energy_kwh': 1 cells are empty (row 7)" in text
    assert "'user_id': 1 cells are empty (row 7)" in text
    assert len(error.value.faults) == 5
    kept = read_ev_sessions(written(tmp_path, HEAD + GOOD + FAULTY), drop_faulty=True)
    assert kept.energy.tolist() == [9.5, 20.0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a,b\n1,2\n", ["no column of arrival", "no column of departure", "no column of energy"]),
        (HEAD + GOOD + "A,U,soon,later,1,much\n", ["'plugin_time'", "'plugout_time'", "'energy_kwh'", "row 4"]),
        (HEAD, ["has no whole row"]),
        (HEAD + "A,U,2024-01-01T18:00+01:00,2024-01-02T18:00+01:00,1,1\n", ["offset from UTC"]),
    ],
)
def test_what_is_no_sessions(tmp_path, text, parts):
    with pytest.raises(FileInvalid) as error:
        read_ev_sessions(written(tmp_path, text))
    for part in parts:
        assert part in str(error.value)


def test_no_file(tmp_path):
    with pytest.raises(FileInvalid, match="no such file"):
        read_ev_sessions(tmp_path / "none.csv")
    with pytest.raises(FileInvalid, match="is no table"):
        read_ev_sessions(written(tmp_path, "no parquet", "sessions.parquet"))
