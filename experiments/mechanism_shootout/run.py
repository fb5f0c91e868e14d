"""What does the choice of the clearing rule change, for the same homes, days and chance?

Runs the week under every rule, leaves report.html and table.csv, and says how far it is from `expected.json`.
"""

import csv
import json
import sys
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

import p2p
from p2p.plots.rules import KEEPERS, price_levels, who_keeps_the_gains
from p2p.report import Part, Sheet, Study, write_study
from p2p.studies.shootout import Outcome, shootout

HERE = Path(__file__).parent
SMALL = {"days": 1}
"""What makes a small run of it, for the tests."""

COLUMNS = {
    "welfare": "welfare [EUR]", "of_largest": "of the largest [%]", "traded": "traded [MWh]", "price": "price [EUR/ MWh]",
    "price_spread": "spread [EUR/ MWh]", "buyers": "buyers [EUR]", "sellers": "sellers [EUR]", "operator": "operator [EUR]",
    "concentration": "HHI", "pivotal": "pivotal [%]", "residual_supply": "RSI", "seconds": "CPU [s]",
}  # fmt: skip


def main(out: str = "results/mechanism_shootout", *names: str, days: int = 7) -> int:
    """Run, write the report, compare with what is expected, and return the number of differences."""
    scenario = p2p.Scenario.load(HERE / "scenario.toml", {"clock.days": days})
    rules = names or tuple(p2p.MECHANISMS)
    outcomes = shootout(scenario, rules, out, lambda name: print(f"running {name}", file=sys.stderr))
    write_table(outcomes, Path(out) / "table.csv")
    page = write_study(study(outcomes, Path(out), days), Path(out) / "report.html")
    wrong = differences(outcomes)
    for found in outcomes:
        print(f"{found.mechanism:<22} {found.welfare:>9.2f} EUR {found.traded:>7.3f} MWh {found.seconds:>7.2f} s  {found.failed}")
    print(f"differs from expected.json: {', '.join(wrong) or 'nothing'}\nreport: {page}")
    return len(wrong)


def write_table(outcomes: list[Outcome], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Outcome)])
        writer.writeheader()
        writer.writerows(asdict(found) for found in outcomes)


def study(outcomes: list[Outcome], out: Path, days: int) -> Study:
    ran = [found for found in outcomes if not found.failed]
    names = [found.mechanism for found in ran]
    best = max(ran, key=lambda found: found.welfare)
    least = min((found for found in ran if found.traded), key=lambda found: found.welfare, default=best)
    table = p2p.load(out / best.mechanism).intervals
    there = table["traded_wh"] > 0
    bounds = [
        float(np.average(values[there], weights=table["traded_wh"][there]))
        for values in (table["feed_in_eur_per_mwh"], table["retail_eur_per_mwh"] - table["local_fees_eur_per_mwh"])
    ]
    numbers = {
        name: np.array([np.nan if getattr(found, name) is None else getattr(found, name) for found in ran], float)
        for name in ("price", "price_spread", *KEEPERS)
    }
    rows = [[found.mechanism, *(shown(getattr(found, name)) for name in COLUMNS)] for found in ran]
    lost = (
        [
            Part(
                "Rules without an outcome",
                table=Sheet(["rule", "why"], [[found.mechanism, found.failed] for found in outcomes if found.failed]),
            )
        ]
        if len(ran) < len(outcomes)
        else []
    )
    return Study(
        "Clearing rules side by side",
        "What does the choice of the clearing rule change, for the same homes, days and chance?",
        (
            f"The largest gains from trade, {best.welfare:,.2f} EUR in {days} days, are made by {best.mechanism}, the smallest, {least.welfare:,.2f} EUR, by {least.mechanism}.",
            "What batteries hold depends on what was traded before, so books differ after the first interval: \"of the largest\" compares each rule with an efficient clearing of its own books.",
            *(["blocks is held a day ahead: its limits, and so its gains, are those of what homes expect."] if "blocks" in names else []),
        ),
        (
            Part("Who keeps the gains", figure=who_keeps_the_gains(names, {name: numbers[name] for name in KEEPERS}, best.welfare), caption="Gains are valued at the limits of the orders: truthful for four homes of five, random within the budget for the fifth."),
            Part("Prices", figure=price_levels(names, numbers["price"], numbers["price_spread"], (bounds[0], bounds[1])), caption="Mean over intervals, weighted by trade, and one standard deviation to both sides."),
            Part("All numbers", "Welfare by the limits of the orders; \"of the largest\" is against an efficient clearing of the same books. Buyers, sellers and operator: what each keeps. The spread of prices is over intervals, weighted by trade. HHI: concentration of sellers. Pivotal: intervals in which demand can't be met without the largest seller. RSI: offers of all but the largest seller over demand, mean. CPU: time of the whole run, which is much the same for all rules that only sort a book.", Sheet(["rule", *COLUMNS.values()], rows)),
            *lost,
        ),
        f"python experiments/mechanism_shootout/run.py; seed 7, {days} days of the rural feeder 1-LV-rural3--0-sw, 118 homes; CPU times with all kernels compiled.",
    )  # fmt: skip


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"


def differences(outcomes: list[Outcome]) -> list[str]:
    """What follows from the rules' claims and does not hold."""
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["outcomes"]
    found = {outcome.mechanism: asdict(outcome) for outcome in outcomes if not outcome.failed}
    return [
        f"{name}.{key}"
        for name, bounds in expected.items()
        if name in found
        for key, (low, high) in bounds.items()
        if not low <= (found[name][key] or 0) <= high
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
