"""The commands. Each imports what it needs when it runs, so that `p2p list` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="p2p",
    help="The laboratory for local energy markets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def run(
    scenario: Annotated[Path | None, typer.Argument(help="Scenario file; without one, a week on a rural feeder.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key, such as market.mechanism=none.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Results folder; results/NAME if not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all chance.")] = None,
    cohort_size: Annotated[int | None, typer.Option(min=1, help="Most prosumers that decide in one go; changes no result.")] = None,
) -> None:
    """Run a scenario: progress, KPI table, and where the report lies."""
    from p2p.cli.run import run_command

    run_command(scenario, changes or [], out, seed, cohort_size)


@app.command()
def clear(
    orders: Annotated[Path, typer.Argument(help="CSV: agent,side(bid|offer),energy_kwh,price_eur_per_mwh[,bus][,arrival][,tag].")],
    mechanism: Annotated[list[str] | None, typer.Option(help="Clearing rule; may be given several times.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A parameter of the rules, such as k=0.2.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the chance in rules that draw lots.")] = 0,
    retail: Annotated[float | None, typer.Option(help="What a kWh costs elsewhere [EUR/MWh]; for community rules.")] = None,
    feed_in: Annotated[float | None, typer.Option(help="What a kWh brings elsewhere [EUR/MWh]; for community rules.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the order curves and what was cleared: .png, .svg or .pdf.")] = None,
    as_json: Json = False,
) -> None:
    """Clear one order book: price, welfare, who pays what."""
    from p2p.cli.clear import Wanted, clear_command

    clear_command(orders, Wanted(mechanism or ["uniform"], changes or [], seed, retail, feed_in, plot, as_json))


@app.command()
def grid(
    source: Annotated[
        str,
        typer.Argument(
            help="SimBench code, a case such as case33bw or cigre_lv, a file (.json, .m), a folder of CSV files; for --hosting also a scenario."
        ),
    ],
    as_json: Json = False,
    hosting: Annotated[str | None, typer.Option(help="Hosting capacity for pv, ev or heat_pump.")] = None,
    placements: Annotated[int, typer.Option(min=1, help="Random placements of devices.")] = 1_000,
    alpha: Annotated[float, typer.Option(help="Share of placements that may break a bound.")] = 0.05,
    runs: Annotated[int, typer.Option(min=0, help="Runs under the scenario's market and regime, to see what they add.")] = 0,
    target: Annotated[float | None, typer.Option(help="Share of homes for which copper is priced.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A key of the scenario, such as dso.regime=curtail.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all chance.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the share of placements that hold: .png, .svg or .pdf.")] = None,
) -> None:
    """Read a grid, solve the AC power flow at its own loads, say what looks wrong; or, with --hosting, how much it carries."""
    if hosting is None:
        from p2p.cli.grid import grid_command

        grid_command(source, as_json)
        return
    from p2p.cli.hosting import Wanted, hosting_command

    hosting_command(Wanted(source, hosting, placements, alpha, runs, target, changes or [], seed, plot, as_json))


@app.command("list")
def list_(
    kind: Annotated[
        str | None, typer.Argument(help="mechanisms, devices, strategies, forecasts, regimes, dso, national, kpis, grids, keys.")
    ] = None,
) -> None:
    """What there is to name in a scenario."""
    from p2p.cli.listing import list_command

    list_command(kind)


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="A results folder.")]) -> None:
    """Write report.html again, from the results."""
    from p2p.report import write_report
    from p2p.results import load

    typer.echo(f"report: {write_report(load(folder))}")


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Benchmarks; all if none is named.")] = None,
    as_json: Json = False,
) -> None:
    """Benchmarks, as ratios to a reference in the same process."""
    from p2p.cli.bench import bench_command

    bench_command(names or [], as_json)
