"""What buyers prefer, from order books."""

import pytest

from p2p.base.errors import BookInvalid, FileInvalid
from p2p.orders import Orders
from p2p.orders.frames import book_of
from p2p.sources.books import read_book
from tests.running import command

BOOK = """agent,side,energy_kwh,price_eur_per_mwh,tag,bus,x_km,y_km,less_per_km_eur_per_mwh,less_untagged_eur_per_mwh,less_green_eur_per_mwh,stranger_eur_per_mwh,partners
anna,bid,2,300,,1,0,0,10,50,,20,carl
ben,bid,1,200,,2,0,3,0,0,,,carl
carl,offer,1.5,80,green,3,0,4,,,,,ben; anna
dora,offer,2,100,,4,3,0,,,,,
"""


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(BOOK)
    return path


def test_a_book_says_what_buyers_prefer(book):
    tastes = read_book(book).preferences
    assert tastes.per_km.tolist() == [10_000, 0, 0, 0]
    assert tastes.per_tag.tolist() == [[50_000, 0], [0, 0], [0, 0], [0, 0]]
    assert tastes.stranger.tolist() == [20_000, 0, 0, 0]
    assert tastes.partners.tolist() == [[0, 2], [1, 2], [2, 1], [2, 0]]
    assert tastes.km[1, 2:].tolist() == [3, 4, 3]
    assert tastes.km[2, 4] == pytest.approx(18**0.5)


def test_a_book_without_tastes_has_none(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("agent,side,energy_kwh,price_eur_per_mwh,tag\na,bid,1,2,green\n")
    assert read_book(path).preferences is None


def test_the_command_clears_by_them(book):
    """The hand-worked book `one who likes it near` of tests/cases/pairwise/differentiated.json."""
    code, out, _ = command("clear", book, "--mechanism", "bilateral", "--json")
    assert code == 0
    for line in ('"buyer": "anna"', '"price_eur_per_mwh": 160.0', '"welfare by preferences [EUR]": 0.42'):
        assert line in out
    code, _, err = command("clear", book, "--mechanism", "uniform")
    assert code == 2
    assert "rules that don't: bilateral, preferred_partners" in err


def test_frames_have_them_too():
    import pandas as pd

    frame = pd.DataFrame(
        {"side": ["bid", "offer"], "energy_kwh": [1, 1], "price_eur_per_mwh": [9, 1], "less_untagged_eur_per_mwh": [2.5, None]}
    )
    assert book_of(frame).preferences.per_tag.tolist() == [[2500], [0]]
    with pytest.raises(FileInvalid, match="book_of"):
        Orders.from_frame(frame)


HEAD = "agent,side,energy_kwh,price_eur_per_mwh,tag,bus,"


@pytest.mark.parametrize(
    ("columns", "rows", "said"),
    [
        (
            "less_gren_eur_per_mwh",
            ["5", ""],
            "column 'less_gren_eur_per_mwh': no order is tagged 'gren'; did you mean 'less_green_eur_per_mwh'?",
        ),
        ("partners", ["carla", ""], "line 2: partners: no order is of 'carla'; did you mean 'carl'?"),
        ("partners", ["", "anna;carl"], "line 3: partners: 'carl' names itself"),
        ("less_per_km_eur_per_mwh", ["5", ""], "has no column x_km and no column y_km"),
        ("less_per_km_eur_per_mwh,x_km", ["5,0", ",1"], "has no column y_km"),
        ("less_per_km_eur_per_mwh,x_km,y_km", ["5,0,0", ",1,"], "line 3: y_km is empty"),
        ("less_green_eur_per_mwh", ["-5", ""], "line 2: less_green_eur_per_mwh is -5"),
        ("less_green_eur_per_mwh", ["", "5"], "line 3: less_green_eur_per_mwh is 5 for an offer"),
        ("stranger_eur_per_mwh", ["much", ""], "line 2: stranger_eur_per_mwh is 'much'"),
    ],
)
def test_wrong_tastes_are_named_by_line(tmp_path, columns, rows, said):
    path = tmp_path / "book.csv"
    path.write_text(f"{HEAD}{columns}\nanna,bid,1,300,,0,{rows[0]}\ncarl,offer,1,80,green,1,{rows[1]}\n")
    with pytest.raises(BookInvalid) as caught:
        read_book(path)
    assert said in str(caught.value)


def test_one_bus_has_one_place(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text("agent,side,energy_kwh,price_eur_per_mwh,x_km,y_km\nanna,bid,1,300,0,0\ncarl,offer,1,80,0,1\n")
    with pytest.raises(BookInvalid, match="line 3: x_km, y_km differ from those of bus 0 in line 2"):
        read_book(path)


def test_an_unknown_column_is_still_unknown(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text("agent,side,energy_kwh,price_eur_per_mwh,partner\nanna,bid,1,300,carl\n")
    with pytest.raises(FileInvalid, match="did you mean 'partners'"):
        read_book(path)
