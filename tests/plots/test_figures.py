import subprocess
import sys
from datetime import date

import matplotlib as mpl
import numpy as np
import pyarrow.parquet as pq
import pytest

from p2p.base.errors import FileInvalid
from p2p.plots import FIGURES, missing, order_curves, save, svg
from p2p.plots.book import curve, curves_caption, gain, prices_paid
from p2p.plots.flows import duration_curve, loading_by_kind
from p2p.plots.homes import change
from p2p.plots.hosting import hosting_curve
from p2p.plots.map import tree_layout, worst_state
from p2p.plots.market import profile
from p2p.plots.times import Span
from p2p.plots.words import energy, money, number
from p2p.results import Results
from tests.report.made import FEED_IN, RETAIL, make_results

CASES = {
    "no trade, 2:00 is left out": {"trade": False, "days": 1, "start": date(2016, 3, 27)},
    "one home, no reference, some flows unsolved": {"homes": 1, "reference": False, "unsolved": (3, 4, 30)},
    "a year": {"days": 366, "homes": 3, "grid": "day", "curtailed": True},
    "no flow solved, little kept": {"unsolved": tuple(range(48)), "without": ("grid", "network", "book")},
    "odd names": {"names": ["a <b> & $c$", "$\\frac{", "ä", "_", "^", "f"]},
}
LARGE = {
    "no flow solved": {"unsolved": tuple(range(48))},
    "a year, some flows unsolved": {"days": 366, "homes": 3, "unsolved": tuple(range(100, 200))},
    "a month": {"days": 30, "curtailed": True},
    "many homes": {"homes": 1700, "days": 1, "curtailed": True},
    "2:00 comes twice": {"days": 1, "start": date(2016, 10, 30), "minutes": 15},
}


@pytest.mark.parametrize("case", [*CASES, *(pytest.param(case, marks=pytest.mark.slow) for case in LARGE)])
def test_every_figure_can_be_drawn_without_a_warning_or_says_why_not(case, tmp_path):
    results = make_results(tmp_path, **(CASES | LARGE)[case])
    for name, plot in FIGURES.items():
        why = missing(plot, results)
        if why:
            assert name in {"curtailment", "grid", "order_curves"}, why
            continue
        assert svg(plot.draw(results), name, plot.title).endswith("</svg>\n")
        caption = plot.caption(results)
        assert caption.endswith(".")
        assert "nan" not in caption
        assert "inf" not in caption.replace("information", "")


def test_what_is_missing_is_said(tmp_path):
    results = make_results(tmp_path, without=("grid", "network"))
    assert missing(FIGURES["grid"], results) == "the run kept no grid.parquet and no network.parquet"
    assert missing(FIGURES["curtailment"], results) == "the DSO had to take nothing back"


def test_captions_say_what_the_tables_say(tmp_path):
    results = make_results(tmp_path, curtailed=True)
    table, captions = results.intervals, {name: plot.caption(results) for name, plot in FIGURES.items()}
    traded = table["traded_wh"]
    mean = np.nansum(table["price_eur_per_mwh"] * traded) / traded.sum()
    assert f"cost {number(mean)} EUR/MWh" in captions["prices"]
    assert f"{(traded > 0).sum()} of {len(traded)} intervals" in captions["prices"]
    assert f"retail price averages {RETAIL:.0f}, the feed-in price {FEED_IN:.0f}" in captions["prices"]
    assert f"{energy(traded.sum())} were traded" in captions["volumes"]
    assert energy(np.maximum(-table["import_wh"], 0).sum()) in captions["volumes"]
    assert f"import peaks at {number(table['import_wh'].max() / 1000)} kW" in captions["duration"]
    assert f"between {number(table['voltage_min_pu'].min(), 4)} and {number(table['voltage_max_pu'].max(), 4)} p.u." in captions["voltage"]
    assert f"highest loading is {number(table['loading_max_percent'].max())} %" in captions["loading"]
    assert f"held back {energy(table['held_back_wh'].sum())}" in captions["curtailment"]
    assert "0.94 p.u. at bus 6" in captions["grid"]
    assert "carries 60 % of its rating" in captions["grid"]
    more = (results.bills["total_neur"] - results.reference.bills["total_neur"]) / 1e9
    assert f"{(more < 0).sum()} of 6 homes pay less and {(more > 0).sum()} pay more" in captions["bills"]
    assert f"{money(abs(more.sum()))} EUR {'less' if more.sum() < 0 else 'more'}" in captions["bills"]
    assert f"the state {money(results.bills['levies_neur'].sum() / 1e9)}" in captions["purposes"]


def test_bills_are_compared_by_name_not_by_row(tmp_path):
    results = make_results(tmp_path)
    more = change(results)
    path = tmp_path / "reference" / "bills.parquet"
    pq.write_table(pq.read_table(path).take([5, 4, 3, 2, 1, 0]), path)
    assert change(Results(tmp_path)).tolist() == more.tolist()


def test_intervals_without_a_solution_are_counted(tmp_path):
    results = make_results(tmp_path, unsolved=(3, 4, 30))
    assert "In 3 intervals the power flow has no solution." in FIGURES["voltage"].caption(results)
    assert np.isnan(loading_by_kind(results)["line"][[3, 4, 30]]).all()
    assert loading_by_kind(results)["line"][5] == 60


def test_the_worst_state_is_of_its_interval_or_day(tmp_path):
    fine, coarse = make_results(tmp_path / "a", days=3), make_results(tmp_path / "b", days=3, grid="day")
    for results in (fine, coarse):
        state = worst_state(results)
        np.testing.assert_allclose(state.voltage, [1.005 if results is coarse else 1.0, *(1 - 0.01 * np.arange(1, 7))], atol=0.006)
        assert state.loading.tolist() == [10, 20, 30, 40, 50, 60]
        assert state.ends.tolist() == [[0, home] for home in range(1, 7)]
    assert "The run kept days" in FIGURES["grid"].caption(coarse)
    assert loading_by_kind(coarse) == {}


def book(side, energy_wh, price, accepted, payment):
    names = ("side", "energy_wh", "price_ueur_per_kwh", "accepted_wh", "payment_neur")
    return {name: np.array(column, np.int64) for name, column in zip(names, (side, energy_wh, price, accepted, payment), strict=True)}


# Two bids (3 kWh at 300, 2 kWh at 200 EUR/MWh), one offer (4 kWh at 100), cleared at 150: the second bid gets 1 kWh.
# Gain: 3 x 0.30 + 1 x 0.20 - 4 x 0.10 = 0.70 EUR.
UNIFORM = book([1, -1, 1], [2000, 4000, 3000], [200_000, 100_000, 300_000], [1000, 4000, 3000], [150_000_000, -600_000_000, 450_000_000])


def test_order_curves_by_hand():
    assert [corner.tolist() for corner in curve(UNIFORM, 1)] == [[0, 3, 3, 5], [300, 300, 200, 200]]
    assert [corner.tolist() for corner in curve(UNIFORM, -1)] == [[0, 4], [100, 100]]
    assert prices_paid(UNIFORM).tolist() == [150, 150, 150]
    assert gain(UNIFORM) == pytest.approx(0.70)
    assert curves_caption(UNIFORM) == (
        "2 bids for 5 kWh and 1 offer of 4 kWh; 4 kWh are traded at 150 EUR/MWh, a gain of 0.7 EUR by the limits of the orders."
    )
    axes = order_curves(UNIFORM).axes[0]
    points = [line for line in axes.lines if line.get_label() == "clearing"]
    assert [points[0].get_xdata()[0], points[0].get_ydata()[0]] == [4, 150]


@pytest.mark.parametrize(
    "orders",
    [
        book([], [], [], [], []),
        book([1], [10], [5000], [0], [0]),
        book([1, -1], [10, 10], [-5000, -9000], [10, 10], [-70_000, 70_000]),  # at a negative price
        book([1, -1], [10, 10], [9000, 5000], [10, 10], [90_000, -50_000]),  # pay as bid: the operator keeps the rest
    ],
    ids=["empty", "one side", "negative price", "many prices"],
)
def test_any_book_can_be_drawn(orders):
    assert "</svg>" in svg(order_curves(orders), "book")
    assert curves_caption(orders)


def test_prices_below_zero_keep_their_sign():
    assert "at −7 EUR/MWh" in curves_caption(book([1, -1], [10, 10], [-5000, -9000], [10, 10], [-70_000, 70_000]))


def test_a_mean_day_is_of_the_local_clock(tmp_path):
    results = make_results(tmp_path, days=4, start=date(2016, 10, 28))  # summer time ends on the third day
    assert len(profile(results, "generation_wh")) == 24
    assert int(np.argmax(profile(results, "generation_wh"))) == 12
    assert np.isnan(profile(make_results(tmp_path / "b", days=1, start=date(2016, 3, 27)), "load_wh")[2])


def test_a_long_run_is_drawn_by_days(tmp_path):
    results = make_results(tmp_path, days=20)
    span = Span.of(results)
    assert span.daily
    assert len(span.x) == 40
    assert span.day_sums(results.intervals["load_wh"]).sum() == results.intervals["load_wh"].sum()
    assert span.day_means(np.full(480, np.nan)).tolist() == pytest.approx([np.nan] * 20, nan_ok=True)


def test_a_duration_curve_keeps_its_ends(tmp_path):
    results = make_results(tmp_path, days=60)
    share, power = duration_curve(results)
    assert len(share) == 500
    assert (share[0], share[-1]) == (0, 100)
    assert (power[0], power[-1]) == (results.intervals["import_wh"].max() / 1000, results.intervals["import_wh"].min() / 1000)


def test_a_grid_without_places_is_laid_out_as_a_tree():
    ends = np.array([[0, 1], [1, 2], [3, 1], [4, 5], [2, 3]])  # a ring in it, and a part that hangs on nothing
    x, y = tree_layout(6, ends, 0)
    assert x.tolist() == [0, 1, 2, 2, 0, 1]
    assert len({*zip(x.tolist(), y.tolist(), strict=True)}) == 6


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_figure_is_saved_as_the_same_bytes(ending, tmp_path):
    one, other = (save(order_curves(UNIFORM), tmp_path / f"{name}.{ending}") for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert one.stat().st_size > 1000


def test_a_wrong_ending_is_refused(tmp_path):
    with pytest.raises(FileInvalid, match=r"allowed: \.png, \.svg, \.pdf"):
        save(order_curves(UNIFORM), tmp_path / "a.xyz")
    assert list(tmp_path.iterdir()) == []


def test_the_users_own_settings_change_nothing_and_are_kept():
    before = svg(order_curves(UNIFORM), "book")
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "other", "axes.grid": False}):
        own = dict(mpl.rcParams)
        assert svg(order_curves(UNIFORM), "book") == before
        assert dict(mpl.rcParams) == own


def test_plots_load_nothing_heavy_until_they_draw_and_never_pyplot():
    code = (
        "import sys, numpy as np, p2p.plots, p2p.report\n"
        "assert not {'matplotlib', 'jinja2', 'pandas', 'pyarrow'} & set(sys.modules)\n"
        "empty = {name: np.array([], int) for name in ('side', 'energy_wh', 'price_ueur_per_kwh', 'accepted_wh', 'payment_neur')}\n"
        "p2p.plots.svg(p2p.plots.order_curves(empty), 'a')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (0.000123456, "0.000123"),
        (99.96, "100"),
        (-0.5, "−0.5"),
        (None, "–"),
        (float("nan"), "–"),
        (1e-12, "0"),
    ],
)
def test_numbers_in_words(value, words):
    assert number(value) == words


def test_energies_in_words():
    assert [energy(wh) for wh in (0, 999, 1000, 9_999_000, 1e7, 2.5e10)] == ["0 Wh", "999 Wh", "1 kWh", "9,999 kWh", "10 MWh", "25 GWh"]
    assert [money(amount) for amount in (0.004, -0.004, -3, None)] == ["0.00", "0.00", "−3.00", "–"]


def test_the_hosting_curve_falls_where_placements_end():
    """Of four placements that hold up to 20, 40, 40 and 80 % of homes, three hold at 30, one at 60."""
    line = hosting_curve({"copper": np.array([40.0, 20.0, 80.0, 40.0])}, 0.05).axes[0].lines[0]
    x, y = line.get_data()
    assert [y[np.searchsorted(x, share)] for share in (10, 20, 30, 40, 60)] == [100, 100, 75, 75, 25]
    assert line.get_drawstyle() == "steps-pre"
