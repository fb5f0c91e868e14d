"""What a run needs: a strict, frozen scenario, read from TOML with all its faults at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, ValidationError, create_model, field_validator, model_validator

from p2p.base.clock import Clock
from p2p.base.errors import Fault, FileInvalid, ScenarioInvalid, nearest
from p2p.devices import FLEXIBLE
from p2p.sections import MOST_KW, AggregatorSection, IslandSection, Section, Share, SwitchingSection, TapChangerSection
from p2p.settlement.ledger import INSTITUTIONS

Detail = Literal["auto", "interval", "day", "off"]
PROFILED = ("battery", "ev", "heat_pump")
"""Kinds of device for which SimBench has profiles."""


WITH_HABIT = tuple(name for name, kind in FLEXIBLE.items() if kind.habitual)
"""Kinds of device that can run without anybody who steers them."""


class ClockSection(Section):
    """When: `days` local days from local midnight of `start`."""

    start: date = Field(date(2016, 7, 4), strict=False, ge=date(1970, 1, 2), le=date(2100, 12, 31), description="first day, local midnight")
    days: int = Field(7, ge=1, le=3660, description="length [days]")
    interval_minutes: Literal[5, 15, 30, 60] = Field(15, description="market time unit [min]")
    zone: str = Field("Europe/Berlin", description="IANA time zone")

    @field_validator("start", mode="before")
    @classmethod
    def _a_date(cls, start: Any) -> Any:
        if not isinstance(start, date | str):
            raise ValueError("is no date; allowed: a date such as 2016-07-04")
        return start

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"'{zone}' is no IANA time zone such as Europe/Berlin") from error
        return zone

    @model_validator(mode="after")
    def _whole_days(self) -> Self:
        clock = Clock(self.start, self.days, self.interval_minutes, self.zone)
        ends = (clock.midnight(day) for day in range(self.days + 1))
        minutes = [(after - before) / timedelta(minutes=1) for before, after in pairwise(ends)]
        odd = next((day for day, length in enumerate(minutes) if length <= 0 or length % self.interval_minutes), None)
        if odd is not None:
            day = self.start + timedelta(days=odd)
            allowed = "shorter intervals" if minutes[odd] > 0 else "other days"
            raise ValueError(
                f"{day} has {minutes[odd]:g} minutes in {self.zone}, no intervals of {self.interval_minutes}; allowed: {allowed}"
            )
        return self


GRID_SOURCES = ("simbench", "case", "pandapower", "matpower", "csv")
"""Keys of a grid, of which a scenario has one."""


class GridSection(Section):
    """Where: exactly one source, how far its ratings go, and the voltages that the DSO must keep."""

    simbench: str | None = Field(None, description="SimBench code, such as 1-LV-rural3--0-sw")
    case: str | None = Field(None, description="a case that ships with pandapower, such as case33bw or cigre_lv")
    pandapower: str | None = Field(None, description="a pandapower JSON file")
    matpower: str | None = Field(None, description="a MATPOWER .m file")
    csv: str | None = Field(None, min_length=1, description="a folder with buses.csv and branches.csv")
    rating_scale: float = Field(1.0, gt=0, le=1000, description="factor on every branch rating; below 1 a virtual limit")
    phases: Literal["balanced", "unbalanced"] = Field(
        "balanced", description="all homes on all three phases alike, or each on the phase of its connection"
    )
    voltage_band: tuple[float, float] = Field((0.95, 1.05), strict=False, description="voltages that the DSO keeps [p.u.]")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in GRID_SOURCES if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"names {len(given)} sources ({', '.join(given)}); allowed: one of {', '.join(GRID_SOURCES)}")
        low, high = self.voltage_band
        if not 0 < low < high < 2:
            raise ValueError(f"voltage_band [{low}, {high}] is upside down or impossible; allowed: 0 < lower < upper < 2")
        return self

    @property
    def source(self) -> str:
        """The name or path of the grid; a folder ends with a slash."""
        if self.csv is not None:
            return self.csv.rstrip("/") + "/"
        return self.simbench or self.case or self.pandapower or self.matpower or "1-LV-rural3--0-sw"


SHARES: dict[str, Any] = {
    name: (Share, Field(kind.share, description=f"share with a device {name} of those who may own one ({', '.join(kind.owners)})"))
    for name, kind in FLEXIBLE.items()
    if name != "battery"
}
"""A key for each kind of flexible device; the battery's own stands beside photovoltaics."""

Shares = create_model("Shares", __base__=Section, **SHARES)


class PopulationSection(Shares):
    """Who: how many homes, what they own, how they decide, whose pool they are in."""

    households: int = Field(0, ge=0, le=1_000_000, description="how many homes; 0: one a load of the grid")
    share_connections: bool = Field(
        True,
        description="with more homes than loads: homes at a load share its size, so that the feeder carries what it was laid for; else each is a whole one",
    )
    commercial: Share = Field(0.0, description="share that are businesses, whatever the grid's own load there")
    commercial_kw: tuple[float, float] = Field((5.0, 30.0), strict=False, description="range of their rated loads, uniform [kW]")
    industrial: Share = Field(0.0, description="share that are industrial sites, whatever the grid's own load there")
    industrial_kw: tuple[float, float] = Field((20.0, 80.0), strict=False, description="range of their rated loads, uniform [kW]")
    pv: Share = Field(0.4, description="share of homes with photovoltaics")
    pv_kw: tuple[float, float] = Field((3.0, 10.0), strict=False, description="range of plant sizes, uniform [kW]")
    wind: Share = Field(0.0, description="share with a small wind turbine")
    wind_kw: tuple[float, float] = Field((5.0, 20.0), strict=False, description="range of turbine sizes, uniform [kW]")
    generation: Literal["profiles", "weather"] = Field("profiles", description="plants follow SimBench's profiles, or the weather")
    inverter: Literal["unity", "cos_phi", "q_v"] = Field(
        "unity", description="reactive power of plants: none, by their own power, or by the voltage of the interval before"
    )
    battery: Share = Field(0.2, description="share of homes with a battery, those with photovoltaics first")
    battery_kwh: tuple[float, float] = Field((4.0, 12.0), strict=False, description="range of battery sizes, uniform [kWh]")
    battery_hours: float = Field(2.0, ge=0.1, le=1000, description="capacity over power of a battery [h]")
    battery_efficiency: float = Field(0.95, ge=0.5, le=1, description="of charging, and again of discharging")
    forecast: str = Field("persistence", description="how homes foresee their own load and generation")
    forecast_with: dict[str, Any] = Field({}, description="parameters of the forecast")
    strategies_with: dict[str, dict[str, Any]] = Field({}, description="parameters of strategies, a table for each by its name")
    strategies: dict[str, Share] = Field(
        default_factory=lambda: {"marginal_value": 0.8, "zero_intelligence": 0.2},
        description="strategies and their shares of the homes, 1 in sum",
    )
    aggregators: tuple[AggregatorSection, ...] = Field(
        (AggregatorSection(name="north", share=0.25),), strict=False, description="pools; a home is in one at most"
    )

    consent: Share = Field(
        1.0, description="share that lets its aggregator see what the contract says; of others sums, their orders passed on (P1)"
    )
    profiled: tuple[str, ...] = Field(
        (), strict=False, description="kinds of device (battery, ev, heat_pump) that follow SimBench's own profiles and are not steered"
    )

    fixed: tuple[str, ...] = Field(
        (), strict=False, description=f"kinds of device that run by habit and are not steered ({', '.join(WITH_HABIT)})"
    )

    @field_validator("fixed")
    @classmethod
    def _with_habits(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in names if name not in WITH_HABIT]
        if wrong:
            raise ValueError(f"'{wrong[0]}' has no habit; allowed: {', '.join(WITH_HABIT)}")
        return names

    @field_validator("profiled")
    @classmethod
    def _with_profiles(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in names if name not in PROFILED]
        if wrong:
            raise ValueError(f"'{wrong[0]}' has no profiles; allowed: {', '.join(PROFILED)}")
        return names

    @field_validator("pv_kw", "wind_kw", "battery_kwh", "commercial_kw", "industrial_kw")
    @classmethod
    def _range(cls, ends: tuple[float, float]) -> tuple[float, float]:
        if not 0 < ends[0] <= ends[1] <= MOST_KW:
            raise ValueError(f"[{ends[0]:g}, {ends[1]:g}] is no range; allowed: 0 < lower <= upper <= {MOST_KW:,}")
        return ends

    @field_validator("strategies")
    @classmethod
    def _whole(cls, shares: dict[str, float]) -> dict[str, float]:
        if abs(sum(shares.values()) - 1) > 1e-9:
            raise ValueError(f"shares sum to {sum(shares.values()):g}; allowed: exactly 1")
        return shares

    @field_validator("aggregators")
    @classmethod
    def _fits(cls, pools: tuple[AggregatorSection, ...]) -> tuple[AggregatorSection, ...]:
        if sum(pool.share for pool in pools) > 1 + 1e-9:
            raise ValueError(f"shares sum to {sum(pool.share for pool in pools):g}; allowed: at most 1")
        names = [pool.name for pool in pools]
        if len(set(names)) < len(names):
            raise ValueError("two pools have the same name; allowed: a name of its own for each")
        taken = [name for name in names if name in INSTITUTIONS or name.startswith("home ")]
        if taken:
            others = ", ".join(INSTITUTIONS)
            raise ValueError(f"'{taken[0]}' is the name of another account; allowed: any but {others} and those that begin with 'home '")
        return pools


TABLES: dict[str, Any] = {name: (dict[str, Any], Field({}, description=f"how devices {name} are drawn")) for name in FLEXIBLE}

Kinds = create_model("Kinds", __base__=Section, **TABLES)


class DevicesSection(Kinds):
    """How devices are drawn: a table for each kind, its keys the fields of the kind's `Sizes`."""


class WeatherSection(Section):
    """The weather: drawn for a place, or from a file."""

    file: str | None = Field(None, description="a file of weather; not set: a drawn year")
    time_zone: str | None = Field(None, description="zone of the file's times without one")
    typical: bool = Field(False, description="each day meets the file's day of that date, of whichever year")
    latitude: float = Field(51.3, ge=-66, le=66, description="of the place, north positive [deg]")
    longitude: float = Field(9.5, ge=-180, le=180, description="of the place, east positive [deg]")


class MarketSection(Section):
    """The local market: its rule and the rule's own parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)
    mechanism: str = Field("uniform", description="clearing rule; none for no local market")
    areas: Literal["one", "feeder"] = Field("one", description="one local market, or one in each low-voltage feeder and one above them")


class DsoSection(Section):
    """What the grid operator does so that the grid holds, and its regime's own parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)
    regime: str = Field("curtail", description="what the DSO does; none only measures")
    shed_load: bool = Field(False, description="may curtail switch off load that nobody steers, too?")
    value_of_lost_load: float = Field(8000.0, ge=0, le=1_000_000, description="worth of a kWh not served [EUR/MWh]")


class NationalSection(Section):
    """The national market: modelled, or prices from a file."""

    prices: str = Field("merit_order", description="a national model, or a file of prices")
    column: str | None = Field(None, description="price column of the file")
    unit: str | None = Field(None, description="unit of that column: EUR/MWh, EUR/kWh or ct/kWh")
    time_zone: str | None = Field(None, description="zone of times without one")
    gas_price: float = Field(90.0, ge=0, le=10_000, description="what a kWh of gas costs, by its upper heating value [EUR/MWh]")
    diesel_price: float = Field(160.0, ge=0, le=10_000, description="what a kWh of diesel costs, by its upper heating value [EUR/MWh]")


class RegulationSection(Section):
    """The rulebook: a regime, and single levers set over it."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)
    regime: str = Field("default", description="rulebook")


class ResultsSection(Section):
    """What is kept: `auto` keeps every interval up to ten million rows, then sums by day."""

    agents: Detail = Field("auto", description="rows of agents.parquet")
    grid: Detail = Field("auto", description="rows of grid.parquet")
    postings: Detail = Field("auto", description="rows of postings.parquet")
    orders: bool = Field(False, description="keep every order")
    trades: bool = Field(False, description="keep every trade")
    book: int = Field(-1, ge=-1, description="interval whose order book is kept and drawn, from 0; -1: the one with the most trade")
    reference: bool = Field(True, description="run the same homes without a local market, too, for bills with and without")
    report: bool = Field(True, description="write report.html")


class Scenario(Section):
    """Everything a run needs; every key has a default that works."""

    name: str = Field("rural feeder, summer week", description="what the report is titled")
    seed: int = Field(7, ge=0, description="of all chance")
    clock: ClockSection = ClockSection()
    grid: GridSection = GridSection()
    tap_changer: TapChangerSection = TapChangerSection()
    island: IslandSection = IslandSection()
    population: PopulationSection = PopulationSection()
    devices: DevicesSection = DevicesSection()
    weather: WeatherSection = WeatherSection()
    market: MarketSection = MarketSection()
    switching: SwitchingSection = SwitchingSection()
    dso: DsoSection = DsoSection()
    national: NationalSection = NationalSection()
    regulation: RegulationSection = RegulationSection()
    results: ResultsSection = ResultsSection()

    @classmethod
    def load(cls, path: str | Path, changes: Mapping[str, Any] | Iterable[str] = ()) -> Self:
        """The scenario of a TOML file, with single keys changed.

        Parameters
        ----------
        path : the file.
        changes : keys such as `market.mechanism` and their values, or texts such as `market.mechanism=pay_as_bid`.

        Raises
        ------
        FileInvalid
            No such file, or no TOML.
        ScenarioInvalid
            Keys, values or ranges are wrong; all of them are named.
        """
        path = Path(path)
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise FileInvalid(Fault(str(path), f"can't be read: {error.strerror}", "a scenario file in TOML")) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FileInvalid(Fault(str(path), f"is no TOML: {error}", "a scenario file in TOML")) from error
        return cls.of(table, changes, str(path))

    @classmethod
    def of(cls, table: Mapping[str, Any] | None = None, changes: Mapping[str, Any] | Iterable[str] = (), place: str = "scenario") -> Self:
        """The scenario of a nested dict, with single keys changed.

        Raises
        ------
        ScenarioInvalid
            Keys, values or ranges are wrong; all of them are named.
        """
        merged = _with_changes(dict(table or {}), changes)
        try:
            return cls.model_validate(merged)
        except ValidationError as error:
            invalid = ScenarioInvalid([_fault(detail, place) for detail in error.errors()])
            invalid.rest = cls._rest(merged, [detail["loc"] for detail in error.errors()])
            raise invalid from error

    @classmethod
    def _rest(cls, table: dict[str, Any], wrong: list[tuple[int | str, ...]]) -> Self | None:
        """What is left of a table without its wrong keys; None if that is wrong, too."""
        table = deepcopy(table)
        for where in wrong:
            inner: Any = table
            for part in where[: min(len(where), 2) - 1]:
                inner = inner.get(part, {}) if isinstance(inner, dict) else {}
            if isinstance(inner, dict):
                inner.pop(where[min(len(where), 2) - 1] if where else "", None)
        try:
            return cls.model_validate(table)
        except ValidationError:
            return None

    def changed(self, changes: Mapping[str, Any] | Iterable[str]) -> Self:
        """The same scenario with single keys changed."""
        return type(self).of(self.model_dump(mode="json", exclude_unset=True), changes)


def _with_changes(table: dict[str, Any], changes: Mapping[str, Any] | Iterable[str]) -> dict[str, Any]:
    for key, value in changes.items() if isinstance(changes, Mapping) else parsed(changes):
        *parents, last = _key_parts(key)
        place = table
        for parent in parents:
            inner = place.get(parent)
            place[parent] = place = dict(inner) if isinstance(inner, dict) else {}
        place[last] = value
    return table


def _key_parts(key: str) -> list[str]:
    """Parts of a dotted key; a strategy from a file has dots of its own: population.strategies."own.py:Mine"."""
    parts: list[str] = []
    for place, piece in enumerate(key.split('"')):
        parts += [piece] if place % 2 else [part for part in piece.split(".") if part]
    return parts


def parsed(texts: Iterable[str]) -> list[tuple[str, Any]]:
    """Keys and values of texts `KEY=VALUE`; a value that is no TOML is a text."""
    pairs: list[tuple[str, Any]] = []
    faults: list[Fault] = []
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not _key_parts(key.strip()):
            faults.append(Fault(f"--set {text}", "has no KEY=VALUE", "for example market.mechanism=pay_as_bid"))
            continue
        try:
            pairs.append((key.strip(), tomllib.loads(f"value = {value}")["value"]))
        except tomllib.TOMLDecodeError:
            pairs.append((key.strip(), value.strip()))
    if faults:
        raise ScenarioInvalid(faults)
    return pairs


def _fault(detail: Any, place: str) -> Fault:
    where = ".".join(str(part) for part in detail["loc"]) or "scenario"
    if detail["type"] == "extra_forbidden":
        known = _keys_at(detail["loc"][:-1])
        return Fault(f"{place}: {where}", "unknown key", nearest(str(detail["loc"][-1]), known))
    message = detail["msg"].removeprefix("Value error, ")
    what, _, allowed = message.partition("; ")
    if isinstance(detail["input"], int | float | str | bool):
        return Fault(f"{place}: {where}", f"{detail['input']!r}", message)
    return Fault(f"{place}: {where}", what, allowed)


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """The keys that are known at a place in the scenario."""
    model: Any = Scenario
    for part in place:
        if isinstance(part, str):
            model = AggregatorSection if part == "aggregators" else model.model_fields[part].annotation
    return list(model.model_fields)
