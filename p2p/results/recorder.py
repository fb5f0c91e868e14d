"""Records a run while it goes: blocks of rows in memory, full blocks to disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Flags, Floats, Ints, Texts
from p2p.base.units import MICRO_PER_EUR_PER_MWH, all_eur_per_mwh
from p2p.orders import Clearing, Nodal, Orders
from p2p.regulation import Tariff
from p2p.results.tables import (
    AGENT_STATES,
    AGENT_SUMS,
    AREA_SUMS,
    DEVICE_SUMS,
    INTERVAL_FLOATS,
    INTERVAL_GIVEN,
    INTERVAL_INTS,
    INTERVAL_WORDS,
    NODAL,
    ROWS_A_GROUP,
    TableWriter,
    dictionary,
)
from p2p.settlement import Ledger, Reason

MOST_ROWS = 10_000_000
TRADED = INTERVAL_INTS.index("traded_wh")
MONEY = tuple(name.endswith("_neur") for name in AGENT_SUMS)


@dataclass(frozen=True)
class Detail:
    """How finely each table is kept: "interval", "day", "off", or "auto" (interval up to ten million rows, else day).

    orders, trades : whether every one is kept; book : the interval whose orders are kept, -1 for the one with most trade.
    """

    agents: str = "auto"
    grid: str = "auto"
    postings: str = "auto"
    orders: bool = False
    trades: bool = False
    book: int = -1


class Record(NamedTuple):
    """All that is recorded of an interval.

    ints, floats: one value for each of `INTERVAL_INTS` and `INTERVAL_FLOATS`
    binding: the element that bound, in words; "" for none
    areas: [AREA_SUMS, A] int64 and [2, A] price and loading, None where there is one local market
    nodal: prices by bus, None where the market did not clear within the grid
    sums, states: [AGENT_SUMS, N] and [AGENT_STATES, N] int64
    dues, between: as in `settlement.Statement` [nEUR]
    voltage: [B] p.u., of the worst phase; loading: [L] percent
    extremes: [B], [B] lowest and highest phase voltage [p.u.]
    unbalance: [B] percent; None where phases don't count
    devices: [kinds, DEVICE_SUMS] int64
    expected: [N] load less generation that homes expected, and [N] that came [kW]
    paid: [N] int64, by pools to their members, above their limits [nEUR]
    steered: [N] what devices drew less for the DSO, and [N] by how much homes left their envelopes [kW]
    orders, clearing: the book and its answer
    """

    ints: tuple[int, ...]
    floats: tuple[float, ...]
    binding: str
    nodal: Nodal | None
    areas: tuple[Ints, Floats] | None
    sums: Ints
    states: Ints
    dues: Ints
    between: Ints
    voltage: Floats
    loading: Floats
    extremes: tuple[Floats, Floats]
    unbalance: Floats | None
    devices: Ints
    expected: tuple[Floats, Floats]
    paid: Ints
    steered: tuple[Floats, Floats]
    orders: Orders
    clearing: Clearing


@dataclass
class Recorder:
    """Writes the tables of a run into a folder.

    kinds: names of the kinds of flexible device
    given: the columns of intervals.parquet that are known before the run, [T] each, by `INTERVAL_GIVEN`
    areas: names of the local markets where there are several
    places: whether the market clears within the grid, so that buses have prices
    phases: whether phases count, so that buses have an unbalance
    """

    folder: Path
    clock: Clock
    ledger: Ledger
    buses: Texts
    branches: Texts
    kinds: tuple[str, ...]
    given: dict[str, Floats | Flags]
    detail: Detail
    phases: bool = False
    places: bool = False
    areas: Texts | None = None
    totals: Ints = field(init=False)
    dues: Ints = field(init=False)
    errors: Floats = field(init=False)
    steered: Floats = field(init=False)

    def __post_init__(self) -> None:
        count, homes = self.clock.intervals, self.ledger.homes
        self._ints = np.zeros((count, len(INTERVAL_INTS)), np.int64)
        self._floats = np.zeros((count, len(INTERVAL_FLOATS)))
        self._bindings = [""] * count
        self._devices = np.zeros((count, len(self.kinds), len(DEVICE_SUMS)), np.int64)
        self.totals = np.zeros((len(AGENT_SUMS) + 4, homes), np.int64)
        self.dues = np.zeros((len(self.ledger.payee), homes), np.int64)
        self.paid = np.zeros(homes, np.int64)
        self.errors, self.steered = np.zeros((2, homes)), np.zeros((2, homes))
        self._day_length = np.diff(self.clock.day_start)[self.clock.day]
        self._day_ends = frozenset(self.clock.day_start[1:].tolist())
        self._book: tuple[int, int, Orders, Clearing] | None = None
        self._between = len(self.ledger.payer_of)
        size = len(self.buses) + len(self.branches)
        amounts = len(AGENT_SUMS) + len(AGENT_STATES) - sum(MONEY)
        self._agents = self._block("agents", homes, [((amounts, homes), np.int32, 0), ((sum(MONEY), homes), np.int64, 0)])
        self._grid = self._block("grid", size, [((size,), np.float32, np.nan)] * (4 if self.phases else 3))
        postings = self.dues.size + self._between
        self._postings = self._block("postings", postings, [(self.dues.shape, np.int64, 0), ((self._between,), np.int64, 0)])
        self._prices = (
            self._block("grid", len(self.buses), [((len(NODAL), len(self.buses)), np.float32, 0)], "prices") if self.places else None
        )
        self._areas = None if self.areas is None else self._area_block(len(self.areas))
        self._orders = TableWriter(self.folder / "orders.parquet") if self.detail.orders else None
        self._trades = TableWriter(self.folder / "trades.parquet") if self.detail.trades else None

    def _area_block(self, areas: int) -> _Block:
        shapes: list[tuple[tuple[int, ...], Any, float]] = [((len(AREA_SUMS), areas), np.int64, 0), ((2, areas), np.float64, 0)]
        rows = min(max(1, ROWS_A_GROUP // areas), self.clock.intervals)
        return _Block(TableWriter(self.folder / "areas.parquet"), "interval", rows, shapes)

    def _block(self, name: str, rows: int, shapes: list[tuple[tuple[int, ...], Any, float]], table: str | None = None) -> _Block | None:
        detail = getattr(self.detail, name)
        if detail == "auto":
            detail = "interval" if rows * self.clock.intervals <= MOST_ROWS else "day"
        if detail == "off":
            return None
        periods = self.clock.intervals if detail == "interval" else self.clock.days
        return _Block(
            TableWriter(self.folder / f"{table or name}.parquet"), detail, min(max(1, ROWS_A_GROUP // max(rows, 1)), periods), shapes
        )

    def append(self, interval: int, record: Record) -> None:
        """Keep an interval."""
        from p2p.results.kernels import accumulate, add_errors, add_home_rows, widen

        self._ints[interval] = record.ints
        self._floats[interval] = record.floats
        self._bindings[interval] = record.binding
        self._devices[interval] = record.devices
        add_errors(self.errors, *record.expected)
        accumulate(self.totals, self.dues, record.sums, record.dues)
        self.paid += record.paid
        for sums, power in zip(self.steered, record.steered, strict=True):
            sums += power
        traded_now = record.ints[TRADED]
        if interval == self.detail.book or (self.detail.book < 0 and (self._book is None or traded_now > self._book[0])):
            self._book = (traded_now, interval, record.orders, record.clearing)
        last_of_day = interval + 1 in self._day_ends
        if self._agents:
            place = self._agents.at(interval)
            amounts, money = self._agents.parts
            add_home_rows(amounts[place], money[place], record.sums, record.states, MONEY)
            if self._agents.done(last_of_day):
                self._write_agents()
        if self._grid:
            place = self._grid.at(interval)
            low, high, loading, *unbalance = self._grid.parts
            extremes = record.extremes if self._grid.period == "day" else (record.voltage, record.voltage)
            widen(low[place], high[place], loading[place], *extremes, record.loading)
            if record.unbalance is not None:
                at_buses = unbalance[0][place, : len(self.buses)]
                np.fmax(at_buses, record.unbalance, out=at_buses, casting="same_kind")
            if self._grid.done(last_of_day):
                self._write_grid()
        if self._prices and record.nodal is not None:
            place, nodal = self._prices.at(interval), record.nodal
            parts = np.stack(np.broadcast_arrays(nodal.energy_at, nodal.losses, nodal.congestion, nodal.voltage))
            span = self._day_length[interval] if self._prices.period == "day" else 1
            self._prices.parts[0][place] += parts / (MICRO_PER_EUR_PER_MWH * span)
            if self._prices.done(last_of_day):
                self._write_prices()
        if self._areas and record.areas is not None:
            place = self._areas.at(interval)
            for part, row in zip(self._areas.parts, record.areas, strict=True):
                part[place] = row
            if self._areas.done(last_of_day):
                self._write_areas()
        if self._postings:
            place = self._postings.at(interval)
            self._postings.parts[0][place] += record.dues
            self._postings.parts[1][place] += record.between
            if self._postings.done(last_of_day):
                self._write_postings()
        if self._orders is not None:
            self._orders.write(self._order_columns(interval, record.orders, record.clearing))
        if self._trades is not None:
            self._trades.write(self._trade_columns(interval, record.orders, record.clearing))

    def follow(self, ledger: Ledger) -> None:
        """Who owes whom from the next interval on, which begins a day; what was owed before is written down."""
        if self._postings and self._postings.full()[1].size:
            self._write_postings()
        self.ledger = ledger

    def reprice(self, first: int, tariff: Tariff) -> None:
        """Prices that were published anew, from an interval on."""
        span = slice(first, first + len(tariff))
        self.given["retail_eur_per_mwh"][span] = all_eur_per_mwh(tariff.retail)
        self.given["local_fees_eur_per_mwh"][span] = all_eur_per_mwh(tariff.local_fees)

    def close(self) -> None:
        """Write what is still in memory, and the table of intervals."""
        for block, write in (
            (self._agents, self._write_agents),
            (self._grid, self._write_grid),
            (self._postings, self._write_postings),
            (self._prices, self._write_prices),
            (self._areas, self._write_areas),
        ):
            if block:
                write()
                block.writer.close()
        for writer in (self._orders, self._trades):
            if writer is not None:
                writer.close()
        self._write_intervals()
        if self.kinds:
            self._write_devices()
        if self._book is not None:
            book = TableWriter(self.folder / "book.parquet")
            book.write(self._order_columns(*self._book[1:]))
            book.close()

    def _write_intervals(self) -> None:
        import pyarrow as pa

        columns: dict[str, Any] = {
            "interval": np.arange(self.clock.intervals, dtype=np.int32),
            "time": pa.array(self.clock.utc, pa.timestamp("s", "UTC")),
        }
        columns |= {name: self.given[name] for name in INTERVAL_GIVEN}
        columns |= {name: self._ints[:, place] for place, name in enumerate(INTERVAL_INTS)}
        for place, name in enumerate(INTERVAL_FLOATS):
            values = self._floats[:, place]
            columns[name] = values.astype(np.bool_) if name in ("converged", "held") else pa.array(values, from_pandas=True)
        columns |= dict.fromkeys(INTERVAL_WORDS, pa.array(self._bindings).dictionary_encode())
        writer = TableWriter(self.folder / "intervals.parquet")
        writer.write(columns)
        writer.close()

    def _write_devices(self) -> None:
        count = self.clock.intervals
        columns: dict[str, Any] = {
            "interval": np.repeat(np.arange(count, dtype=np.int32), len(self.kinds)),
            "device": dictionary(np.tile(np.arange(len(self.kinds)), count), np.array(self.kinds)),
        }
        columns |= {name: self._devices[:, :, place].ravel() for place, name in enumerate(DEVICE_SUMS)}
        writer = TableWriter(self.folder / "devices.parquet")
        writer.write(columns)
        writer.close()

    def _write_agents(self) -> None:
        assert self._agents is not None
        (amounts, money), intervals = self._agents.full()
        homes = self.ledger.homes
        columns = {
            "interval": np.repeat(intervals, homes),
            "agent": dictionary(np.tile(np.arange(homes, dtype=np.int32), len(intervals)), self.ledger.names[:homes]),
        }
        narrow, wide = (iter(np.moveaxis(part, 1, 0)) for part in (amounts, money))
        for name, is_money in zip((*AGENT_SUMS, *AGENT_STATES), (*MONEY, *[False] * len(AGENT_STATES)), strict=True):
            columns[name] = next(wide if is_money else narrow).ravel()
        self._agents.writer.write(columns)
        self._agents.clear()

    def _write_grid(self) -> None:
        import pyarrow as pa

        assert self._grid is not None
        (low, high, loading, *unbalance), intervals = self._grid.full()
        count, buses, branches = len(intervals), len(self.buses), len(self.branches)
        size = buses + branches
        kinds = np.repeat(np.array([0, 1], np.int32), [buses, branches])
        columns = {
            "interval": np.repeat(intervals, size),
            "kind": dictionary(np.tile(kinds, count), np.array(["bus", "branch"])),
            "element": dictionary(np.tile(np.arange(size, dtype=np.int32), count), np.concatenate((self.buses, self.branches))),
            "voltage_pu": pa.array(low.ravel(), from_pandas=True),
            "loading_percent": pa.array(loading.ravel(), from_pandas=True),
        }
        if self._grid.period == "day":
            columns["voltage_high_pu"] = pa.array(high.ravel(), from_pandas=True)
        if self.phases:
            columns["unbalance_percent"] = pa.array(unbalance[0].ravel(), from_pandas=True)
        self._grid.writer.write(columns)
        self._grid.clear()

    def _write_areas(self) -> None:
        import pyarrow as pa

        assert self._areas is not None
        assert self.areas is not None
        (sums, rest), intervals = self._areas.full()
        count = len(self.areas)
        columns: dict[str, Any] = {
            "interval": np.repeat(intervals, count),
            "area": dictionary(np.tile(np.arange(count, dtype=np.int32), len(intervals)), self.areas),
        }
        columns |= {name: sums[:, place].ravel() for place, name in enumerate(AREA_SUMS)}
        for place, name in enumerate(("price_eur_per_mwh", "loading_percent")):
            columns[name] = pa.array(rest[:, place].ravel(), from_pandas=True)
        self._areas.writer.write(columns)
        self._areas.clear()

    def _write_prices(self) -> None:
        assert self._prices is not None
        (parts,), intervals = self._prices.full()
        columns: dict[str, Any] = {
            "interval": np.repeat(intervals, len(self.buses)),
            "bus": dictionary(np.tile(np.arange(len(self.buses), dtype=np.int32), len(intervals)), self.buses),
            "price_eur_per_mwh": parts.sum(axis=1).ravel(),
        }
        columns |= {f"{name}_eur_per_mwh": parts[:, place].ravel() for place, name in enumerate(NODAL)}
        self._prices.writer.write(columns)
        self._prices.clear()

    def _write_postings(self) -> None:
        assert self._postings is not None
        from p2p.results.kernels import posting_rows

        (dues, between), intervals = self._postings.full()
        ledger = self.ledger
        count = np.count_nonzero(dues) + np.count_nonzero(between)
        rows, amount = np.empty((4, count), np.int32), np.empty(count, np.int64)
        posting_rows(dues, between, ledger.payee, (ledger.payer_of, ledger.payee_of, ledger.reason_of), intervals, rows, amount)
        interval, payer, payee, why = rows
        self._postings.writer.write(
            {
                "interval": interval,
                "payer": dictionary(payer, ledger.names),
                "payee": dictionary(payee, ledger.names),
                "reason": dictionary(why, np.array([reason.name.lower() for reason in Reason])),
                "amount_neur": amount,
            }
        )
        self._postings.clear()

    def _order_columns(self, interval: int, orders: Orders, clearing: Clearing) -> dict[str, Any]:
        return {
            "interval": np.full(len(orders), interval, np.int32),
            "agent": dictionary(orders.agent, self.ledger.names),
            "bus": dictionary(orders.bus, self.buses),
            "side": orders.side,
            "energy_wh": orders.energy,
            "price_ueur_per_kwh": orders.price,
            "arrival": orders.arrival,
            "accepted_wh": clearing.energy,
            "payment_neur": clearing.payment,
        }

    def _trade_columns(self, interval: int, orders: Orders, clearing: Clearing) -> dict[str, Any]:
        trades = clearing.pairs(orders)
        return {
            "interval": np.full(len(trades), interval, np.int32),
            "buyer": dictionary(orders.agent[trades.bid], self.ledger.names),
            "seller": dictionary(orders.agent[trades.offer], self.ledger.names),
            "energy_wh": trades.energy,
            "price_ueur_per_kwh": trades.price,
        }


class _Block:
    """Rows of one table that are still in memory; a row is an interval or a day."""

    def __init__(self, writer: TableWriter, period: str, size: int, shapes: list[tuple[tuple[int, ...], Any, float]]) -> None:
        self.writer, self.period = writer, period
        self.parts = [_rows(size, shape, kind, start) for shape, kind, start in shapes]
        self._starts = [start for _, _, start in shapes]
        self._first = np.zeros(size, np.int32)
        self._row, self._open = 0, False

    def at(self, interval: int) -> int:
        """The row of an interval."""
        if not self._open:
            self._first[self._row], self._open = interval, True
        return self._row

    def done(self, last_of_day: bool) -> bool:
        """Whether the block is full after this interval."""
        if self.period == "interval" or last_of_day:
            self._row, self._open = self._row + 1, False
        return self._row == len(self._first)

    def full(self) -> tuple[list[Any], Any]:
        """The rows so far, and the first interval of each."""
        return [part[: self._row] for part in self.parts], self._first[: self._row]

    def clear(self) -> None:
        """Start over."""
        for part, start in zip(self.parts, self._starts, strict=True):
            part[: self._row] = start
        self._row = 0


def _rows(size: int, shape: tuple[int, ...], kind: Any, start: float) -> Any:
    """[size, *shape] filled; what will be a column of the table lies together in memory."""
    if len(shape) < 2:
        return np.full((size, *shape), start, kind)
    return np.moveaxis(np.full((shape[0], size, *shape[1:]), start, kind), 0, 1)
