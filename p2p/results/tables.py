"""Parquet tables: what a column is, and a table that grows by blocks of rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_GROUP = 1_000_000

#: intervals.parquet, one row an interval; the unit is the end of the name.
INTERVAL_INTS = (
    "bid_wh",
    "offered_wh",
    "largest_offer_wh",
    "traded_wh",
    "welfare_neur",
    "budget_neur",
    "load_wh",
    "generation_wh",
    "storage_wh",
    "metered_wh",
    "scheduled_wh",
    "losses_wh",
    "import_wh",
    "held_back_wh",
    "unserved_wh",
    "devices_wh",
    "fuel_wh",
    "missed_wh",
    "discomfort_mkh",
    "withdrawn_wh",
    "cut_worth_neur",
    "cut_homes",
    "aggregator_profit_neur",
    "member_pay_neur",
    "refused_wh",
    "network_fee_neur",
    "location_neur",
    "rounds",
    "dimmed_wh",
    "breached_wh",
    "tap_position",
    "tap_steps",
)
INTERVAL_FLOATS = (
    "price_eur_per_mwh",
    "voltage_min_pu",
    "voltage_max_pu",
    "loading_max_percent",
    "unbalance_max_percent",
    "overload_kvah",
    "voltage_violation_bus_h",
    "margin",
    "converged",
    "held",
    "envelope_feed_in_kw",
    "envelope_draw_kw",
)
#: Columns of intervals.parquet in words: the certificate of what the grid kept.
INTERVAL_WORDS = ("binding",)
#: Columns of intervals.parquet that are known before the run.
INTERVAL_GIVEN = (
    "national_price_eur_per_mwh",
    "imbalance_price_eur_per_mwh",
    "need_mw",
    "co2_g_per_kwh",
    "retail_eur_per_mwh",
    "feed_in_eur_per_mwh",
    "local_fees_eur_per_mwh",
    "islanded",
)

#: agents.parquet, one row a home and interval (or day: sums, and the state at its end).
AGENT_SUMS = (
    "metered_wh",
    "scheduled_wh",
    "traded_wh",
    "local_payment_neur",
    "dues_neur",
    "load_wh",
    "generation_wh",
    "storage_wh",
    "held_back_wh",
    "unserved_wh",
    "devices_wh",
    "fuel_wh",
    "missed_wh",
    "discomfort_mkh",
)
AGENT_STATES = ("stored_wh",)

#: areas.parquet, one row an interval and area, where there are several local markets.
AREA_SUMS = ("bid_wh", "offered_wh", "traded_wh", "exchange_wh")

#: prices.parquet, one row an interval and bus, where the market cleared within the grid: what the price there is made of.
NODAL = ("energy", "losses", "congestion", "voltage")

#: devices.parquet, one row an interval and kind of flexible device: its power, what is left of it each way, what people lacked.
DEVICE_SUMS = ("drawn_wh", "given_wh", "up_wh", "down_wh", "fuel_wh", "missed_wh", "discomfort_mkh")


def dictionary(indices: np.ndarray[Any, Any], names: np.ndarray[Any, Any]) -> pa.DictionaryArray:
    """A column of names, stored as numbers."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(np.asarray(indices, np.int32)), pa.array(names.tolist()))


class TableWriter:
    """A Parquet file that grows by blocks; made at the first one, closed at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: Any = None

    def write(self, columns: dict[str, Any]) -> None:
        """Append equally long columns."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table(columns)
        if self._writer is None:
            names = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
            statistics = [name for name in table.column_names if name == "interval"]  # those of the rest cost as much as writing
            self._writer = pq.ParquetWriter(
                self.path, table.schema, compression="snappy", use_dictionary=names, write_statistics=statistics
            )
        self._writer.write_table(table, row_group_size=ROWS_A_GROUP)

    def close(self) -> None:
        """Write the end of the file."""
        if self._writer is not None:
            self._writer.close()
