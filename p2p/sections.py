"""Tables of a scenario that stand by themselves: what all of them keep to, and those about aggregators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from p2p.base.errors import nearest
from p2p.devices import DEVICES

Share = Annotated[float, Field(ge=0, le=1)]
MOST_KW = 100_000
"""Of a home's plant, or kWh of its battery: so that an order stays within what one may carry."""


class Section(BaseModel):
    """A table of the scenario: unknown keys and values of another type are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class AggregatorSection(Section):
    """An aggregator, its share of the prosumers, and the contract that it makes with each of its members."""

    name: str = Field(min_length=1, description="its name")
    share: Share = Field(description="share of the prosumers in its pool")
    strategy: Literal["pass_through", "truthful", "margin"] = Field(
        "pass_through", description="how it bids: each member's orders, its pool's curve, or that curve less its margin"
    )
    margin: float = Field(
        5.0, ge=0, le=10_000, description="between its members' limits and its bids, where its strategy is margin [EUR/MWh]"
    )
    member_share: Share = Field(1.0, description="a member's part of what is gained with its devices")
    fee: float | None = Field(
        None, ge=0, le=10_000, description="on each kWh that it trades, in place of the rulebook's commission [EUR/MWh]"
    )
    devices: tuple[str, ...] = Field((), strict=False, description="kinds of device that it may use; none named: all that a member has")
    up_kw: float | None = Field(None, ge=0, le=MOST_KW, description="most that it may sell of a member's devices at once [kW]")
    down_kw: float | None = Field(None, ge=0, le=MOST_KW, description="most that it may buy for them at once [kW]")
    hours: float = Field(24.0, ge=0, le=24, description="most in which it may use them a day [h]")
    privacy: Literal["aggregate", "own meter", "device"] = Field("own meter", description="what it may see of a member that consents")

    @field_validator("devices")
    @classmethod
    def _kinds(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in DEVICES]
        if unknown:
            raise ValueError(f"'{unknown[0]}' is no kind of device; {nearest(unknown[0], DEVICES)}")
        return names


class SwitchingSection(Section):
    """How members choose among aggregators, and the rule's own parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)
    rule: str = Field("never", description="by which members change their aggregator")
    days: int = Field(7, ge=1, le=3660, description="from one review to the next [days]")


class TapChangerSection(Section):
    """The DSO's transformers: fixed where the source has them, or regulated under load."""

    mode: Literal["fixed", "regulated"] = Field("fixed", description="whether transformers keep their ratio, or step by the voltage")
    transformers: tuple[str, ...] = Field((), strict=False, description="names of those that step; none named: all")
    steps: int = Field(4, ge=0, le=40, description="steps each way of the ratio that the grid gives; 0: the positions of the source")
    step_percent: float = Field(2.5, gt=0, le=10, description="of a step, where the source's are not taken [%]")
    set_point: float = Field(1.0, gt=0.5, lt=1.5, description="voltage that they aim at [p.u.]")
    dead_band: float = Field(0.03, gt=0, le=0.5, description="width of the band around it in which they stay [p.u.]")
    watched: str = Field(
        "feeder", description="what they measure: feeder (the middle of the highest and lowest voltage there), busbar, or the name of a bus"
    )


class IslandSection(Section):
    """When the area is cut off from upstream, and what the unit at the slack bus can do that then holds the voltage."""

    start: tuple[Annotated[datetime, Field(strict=False)], ...] = Field(
        (), strict=False, description="local times at which it is cut off, such as 2016-07-05T18:00"
    )
    hours: float = Field(4.0, gt=0, le=8784, description="how long, each time [h]")
    tolerance_kw: float = Field(0.05, gt=0, le=MOST_KW, description="what the unit carries by itself, on the mean of an interval [kW]")
    bridge_kw: float | None = Field(
        None, ge=0, le=MOST_KW, description="most exchange with upstream that may break off, else the island starts dark; not set: any [kW]"
    )
    black_start: bool = Field(True, description="may a dark island come back before it is connected again?")

    @field_validator("start")
    @classmethod
    def _on_the_local_clock(cls, times: tuple[datetime, ...]) -> tuple[datetime, ...]:
        if any(time.tzinfo is not None for time in times):
            raise ValueError("has a time zone; allowed: times on the local clock, such as 2016-07-05T18:00")
        return times
