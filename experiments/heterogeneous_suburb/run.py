"""Who in a mixed suburb can be flexible, when, and what does it bring them?

A winter and a summer week of homes, businesses and industrial sites with every kind of flexible device; and what changes
where one kind at a time is not steered. Writes a table, a report and figures, and says how far it is from `expected.json`.
"""

import csv
import json
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import p2p
from p2p.build.build import build
from p2p.devices.reach import todays
from p2p.model import day_of
from p2p.plots.style import COLOURS, canvas, drawn, legend, save
from p2p.report import Part, Sheet, Study, write_study
from p2p.running import run_in

HERE = Path(__file__).parent
SEASONS = {"winter": "2016-01-11", "summer": "2016-07-04"}
KINDS = ("ev", "heat_pump", "boiler")
APART = {"market.mechanism": "none", "dso.regime": "none", "population.aggregators": []}
"""Homes that meet neither in a market, nor in a pool, nor in the grid: what one does is nothing to another."""

SMALL = {"days": 1, "kinds": ("ev",)}
"""What makes a small run of it, for the tests."""

SUMS = ("drawn_wh", "given_wh", "up_wh", "down_wh", "missed_wh")


def scenario_of(season, days, **changes):
    """The suburb in a season; keys of the scenario may change, with `__` for the dot."""
    given = {"clock.start": SEASONS[season], "clock.days": days} | {key.replace("__", "."): value for key, value in changes.items()}
    return p2p.Scenario.load(HERE / "scenario.toml", given)


def by_device(results):
    """Of each kind of device: drawn, given, room upward and downward, missed [kWh], and discomfort [K·h]."""
    table = results.columns("devices")
    kinds = [str(name) for name in dict.fromkeys(table["device"].tolist())]
    return {name: [float(table[column][table["device"] == name].sum()) / 1_000 for column in (*SUMS, "discomfort_mkh")] for name in kinds}


def through_the_day(results, column):
    """[kinds, quarter-hours of a day] mean power of a column of the devices' table. [kW]"""
    table = results.columns("devices")
    kinds = len(dict.fromkeys(table["device"].tolist()))
    power = table[column].reshape(-1, kinds).astype(np.float64) / 1_000 / results.hours
    return power.reshape(-1, round(24 / results.hours), kinds).mean(axis=0).T


def types_of(bills):
    """Who is of each type of prosumer; a home may be of several."""
    home = bills["class"] == "residential"
    owns = {
        "with PV": bills["pv_kw"] > 0,
        "with a battery": bills["battery_kwh"] > 0,
        "with an EV": bills["ev_count"] > 0,
        "with a heat pump": (bills["heat_pump_count"] > 0) | (bills["hybrid_heat_pump_count"] > 0),
    }
    types = {f"homes {name}": home & who for name, who in owns.items()}
    none = home & ~np.any(list(owns.values()), axis=0)
    firms = {name: bills["class"] == name for name in ("commercial", "industrial")}
    return {"all homes": home} | types | {"homes with none of these": none} | firms


def bills_of(results):
    """Of each type: how many there are, and their mean bills with and without the local market. [EUR]"""
    with_it, without = results.bills, results.reference.bills
    rows = {}
    for name, who in types_of(with_it).items():
        if who.any():
            rows[name] = (int(who.sum()), *(float(table["total_neur"][who].mean()) * 1e-9 for table in (with_it, without)))
    return rows


def pools_of(results):
    """Of each aggregator: its members, and what it paid them above their limits, in all and a member. [EUR]"""
    bills = results.bills
    rows = {}
    for name in sorted({str(name) for name in bills["aggregator"]} - {""}):
        paid = bills["pool_pay_neur"][bills["aggregator"] == name] * 1e-9
        rows[name] = (len(paid), float(paid.sum()), float(paid.mean()))
    return rows


def same(one, other):
    """Whether two things made of arrays are alike, bit by bit."""
    if is_dataclass(one):
        return type(one) is type(other) and all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def same_luck(one, other):
    """Whether two scenarios bring the same devices, people, weather, prices, load, generation, trips, tappings and draws."""
    left, right = build(one, HERE), build(other, HERE)
    found = [same(getattr(left.fleet, name), getattr(right.fleet, name)) for name in ("prosumers", "load", "pv", "wind")] + [
        same(dict(left.fleet.flexible), dict(right.fleet.flexible)),
        same(left.weather, right.weather),
        same(left.tariff, right.tariff),
    ]
    homes, ahead = len(left.fleet), round(24 / left.clock.hours)
    found += [same(a, b) for a, b in zip(*(list(it.coming.of(it.fleet, 0, it.clock.intervals)) for it in (left, right)), strict=True)]
    for number in range(left.clock.days):
        days = [day_of(it, number, np.zeros((ahead, homes))) for it in (left, right)]
        found.append(same(*(it.streams.at("luck", number).random(homes) for it in (left, right))))
        found.append(same(*(todays(it.fleet, day) for it, day in zip((left, right), days, strict=True))))
    return all(found)


def others_alike(steered, fixed, kind):
    """How many prosumers without the kind have another row of bills, where nobody meets anybody."""
    without = steered.bills[f"{kind}_count"] == 0
    columns = [column for column in steered.bills if column.endswith(("_wh", "_neur", "_mkh"))]
    differ = np.any([steered.bills[column] != fixed.bills[column] for column in columns], axis=0)
    return int((differ & without).sum()), int((differ & ~without).sum()), int((~without).sum())


def ablation(season, days, kind, full, folder):
    """What changes where nobody steers a kind."""
    changes = {"results.reference": False, "population.fixed": [kind]}
    own = scenario_of(season, days, **changes)
    off = run_in(own, HERE, folder / "off")
    apart = [
        run_in(scenario_of(season, days, **APART, **{"results.reference": False, "population.fixed": fixed}), HERE, folder / name)
        for name, fixed in (("steered", []), ("fixed", [kind]))
    ]
    before, after = by_device(full), by_device(off)
    owners = full.bills[f"{kind}_count"] > 0
    saved = (off.bills["total_neur"] - full.bills["total_neur"]) * 1e-9
    strangers, changed, those = others_alike(*apart, kind)
    moved = {name: abs(after[name][0] - before[name][0]) for name in before if name != kind}
    flows = ("load_wh", "generation_wh", "held_back_wh", "unserved_wh")
    came = [it.total(flows[0]) + it.total(flows[3]) for it in (full, off)], [it.total(flows[1]) + it.total(flows[2]) for it in (full, off)]
    return {
        "same luck": float(same_luck(scenario_of(season, days), own)),
        "load or generation that differs [kWh]": max(abs(a - b) for a, b in came) / 1_000,
        "room left [kWh]": after[kind][2] + after[kind][3],
        "room before [kWh]": before[kind][2] + before[kind][3],
        "missed more [kWh]": after[kind][4] - before[kind][4],
        "discomfort more [K·h]": after[kind][5] - before[kind][5],
        "drawn, steered [kWh]": before[kind][0],
        "drawn, by habit [kWh]": after[kind][0],
        "most that another kind draws otherwise [kWh]": max(moved.values()),
        "without any market, others that notice": float(strangers),
        "without any market, owners that notice": float(changed),
        "owners": float(those),
        "owners save by steering [EUR each]": float(saved[owners].mean()),
        "others save by it [EUR each]": float(saved[~owners].mean()),
        "peak import, steered [kW]": float(full.intervals["import_wh"].max()) / 1_000 / full.hours,
        "peak import, by habit [kW]": float(off.intervals["import_wh"].max()) / 1_000 / off.hours,
    }


@drawn
def flexibility_figure(found):
    """Room of devices through the day, stacked: upward above zero, downward below. [kW]"""
    from matplotlib import colormaps

    drawing, axes = canvas(3.6, ncols=2, sharey=True)
    for place, (season, results) in zip(axes, found.items(), strict=True):
        names, hours = list(by_device(results)), np.arange(0, 24, results.hours)
        colours = colormaps["tab20"](np.arange(len(names)))
        place.stackplot(hours, through_the_day(results, "up_wh"), colors=colours, labels=[name.replace("_", " ") for name in names])
        place.stackplot(hours, -through_the_day(results, "down_wh"), colors=colours)
        place.axhline(0, color=COLOURS["limit"], linewidth=0.8)
        place.set_title(season)
        place.set_xticks(range(0, 25, 6))
        place.set_xlabel("hour")
    axes[0].set_ylabel("room up (> 0), down (< 0) [kW]")
    handles, labels = axes[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=6)
    return drawing


@drawn
def bills_figure(found):
    """Mean bills of types of homes, with and without the local market. [EUR]"""
    drawing, axes = canvas(2.8, ncols=2, sharey=True, sharex=True)
    for place, (season, results) in zip(axes, found.items(), strict=True):
        rows = {name: row for name, row in bills_of(results).items() if "home" in name}
        at = np.arange(len(rows))
        for shift, column, label, colour in ((-0.2, 1, "with the local market", "local"), (0.2, 2, "without it", "without")):
            place.barh(at + shift, [row[column] for row in rows.values()], 0.4, label=label, color=COLOURS[colour])
        place.set_yticks(at, list(rows))
        place.axvline(0, color=COLOURS["limit"], linewidth=0.8)
        place.set_title(season, pad=22)
        place.margins(x=0.03)
        place.set_xlabel("mean bill [EUR]")
        legend(place)
    axes[0].invert_yaxis()
    return drawing


def table_of(found, ablated):
    """Everything in one long table: season, what of, who, how much."""
    rows = []
    columns = ("drawn [kWh]", "given [kWh]", "room up [kWh]", "room down [kWh]", "missed [kWh]", "discomfort [K·h]")
    for season, results in found.items():
        rows += [
            (season, column, kind, value) for kind, row in by_device(results).items() for column, value in zip(columns, row, strict=True)
        ]
        bill = ("prosumers", "bill [EUR]", "bill without a local market [EUR]")
        rows += [(season, column, who, value) for who, row in bills_of(results).items() for column, value in zip(bill, row, strict=True)]
        pay = ("members", "pay of members [EUR]", "pay of a member [EUR]")
        rows += [(season, column, who, value) for who, row in pools_of(results).items() for column, value in zip(pay, row, strict=True)]
        rows += [
            (season, f"{kpi['name']} [{kpi['unit']}]", "all", kpi["value"]) for kpi in results.kpis.values() if kpi["value"] is not None
        ]
    rows += [(season, what, f"{kind} by habit", value) for (season, kind), row in ablated.items() for what, value in row.items()]
    return rows


def sheet(heading, rows):
    """A table as the report shows it."""
    return Sheet(heading, [[f"{cell + 0.0:,.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows])


def seasons_sheet(heading, of, found):
    """A table whose rows are those of each season."""
    return sheet(("season", *heading), [(season, name, *row) for season, results in found.items() for name, row in of(results).items()])


def answer_of(found, ablated):
    """A few sentences with numbers."""
    for season, results in found.items():
        room = by_device(results)
        most, least = (max(room, key=lambda name: room[name][place]) for place in (2, 3))
        yield (
            f"In {season} the largest room upward is that of kind {most} ({room[most][2]:,.0f} kWh), downward that of kind {least} "
            f"({room[least][3]:,.0f} kWh); people missed {sum(row[4] for row in room.values()):.1f} kWh and {sum(row[5] for row in room.values()):.1f} K·h. "
            f"Aggregators keep {p2p.KPIS['aggregator_profit'].of(results):.2f} EUR, members get {p2p.KPIS['member_pay'].of(results):.2f} EUR above their limits."
        )
    for (season, kind), row in ablated.items():
        yield (
            f"Steering kind {kind} in {season} saves its owners {round(row['owners save by steering [EUR each]'], 2) + 0.0:.2f} EUR each and others "
            f"{round(row['others save by it [EUR each]'], 2) + 0.0:.2f}; the peak of the import is {row['peak import, steered [kW]']:.0f} kW in place of "
            f"{row['peak import, by habit [kW]']:.0f}."
        )


def parts_of(found, ablated, figures):
    """The parts of the report."""
    device = ("kind", "drawn [kWh]", "given [kWh]", "room up [kWh]", "room down [kWh]", "missed [kWh]", "discomfort [K·h]")
    yield Part(
        "Flexibility by kind of device",
        "Room is what a device could have drawn more, or less, than it did, interval by interval; a week's sum counts a full store in each.",
        seasons_sheet(device, by_device, found),
        figures[0],
        "Mean day. What a device holds ready is there in an interval, not in all of them.",
    )
    yield Part(
        "Bills by type",
        "A home may be of several types.",
        seasons_sheet(("type", "prosumers", "bill [EUR]", "without a local market [EUR]"), bills_of, found),
        figures[1],
        "Homes alone; the table has the firms.",
    )
    money = {season: [p2p.KPIS[name].of(it) for name in ("aggregator_profit", "member_pay")] for season, it in found.items()}
    yield Part(
        "Aggregators and members (K38)",
        " ".join(f"In {season} aggregators keep {kept:.2f} EUR, members get {got:.2f} EUR." for season, (kept, got) in money.items()),
        seasons_sheet(("aggregator", "members", "pay above limits [EUR]", "a member [EUR]"), pools_of, found),
    )
    whats = list(next(iter(ablated.values())))
    columns = [f"{kind}, {season}" for season, kind in ablated]
    yield Part(
        "One kind not steered",
        "Its devices run by habit: EVs charge as they come home, boilers heat up at once, heat pumps keep the lower end of the band.",
        sheet(("what", *columns), [(what, *(row[what] for row in ablated.values())) for what in whats]),
    )


def checked(found, ablated, bounds):
    """What lies outside the bounds, in words."""
    values = {f"{season}, {name}": kpi["value"] for season, it in found.items() for name, kpi in it.kpis.items()}
    wrong = [f"{name}: {values[name]}" for name, (low, high) in bounds["kpis"].items() if not low <= values[name] <= high]
    for (season, kind), row in ablated.items():
        wrong += [
            f"{kind}, {season}, {what}: {row[what]}" for what, (low, high) in bounds["ablation"].items() if not low <= row[what] <= high
        ]
    return wrong


def main(out="results/heterogeneous_suburb", days=7, kinds=KINDS):
    """Run, write, compare with what is expected, and return the number of differences."""
    folder = Path(out)
    with TemporaryDirectory() as runs:
        found = {season: run_in(scenario_of(season, days), HERE, Path(runs) / season) for season in SEASONS}
        ablated = {
            (season, kind): ablation(season, days, kind, found[season], Path(runs) / f"{season} {kind}")
            for season in found
            for kind in kinds
        }
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("season", "what", "who", "value"), *table_of(found, ablated)])
        figures = flexibility_figure(found), bills_figure(found)
        for drawing, name in zip(figures, ("flexibility", "bills"), strict=True):
            save(drawing, folder / f"{name}.png")
        answer = tuple(answer_of(found, ablated))
        homes = len(found["winter"].bills["agent"])
        made_by = f"python experiments/heterogeneous_suburb/run.py; seed 7, {days} days a season, 1-LV-semiurb5--0-sw, {homes} prosumers."
        study = Study(
            "A heterogeneous suburb", "Who in a mixed suburb can be flexible, when, and what does it bring them?", answer,
            tuple(parts_of(found, ablated, figures)), made_by,
        )  # fmt: skip
        page = write_study(study, folder / "report.html")
        wrong = checked(found, ablated, json.loads((HERE / "expected.json").read_text(encoding="utf-8")))
    print(*answer, *(f"DIFFERS {text}" for text in wrong), f"report: {page}", sep="\n")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
