"""Traders with one unit each before an open order book, day after day: Smith's markets, and those of the papers after him."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from p2p.base.columns import Floats, Ints, Signs
from p2p.behaviour.adaptive.aa import AdaptiveAggressive
from p2p.behaviour.adaptive.gd import GjerstadDickhaut
from p2p.behaviour.adaptive.zip import ZeroIntelligencePlus, between
from p2p.behaviour.pit import kernels
from p2p.behaviour.pit.kernels import FIRST
from p2p.markets.continuous.book import room
from p2p.markets.continuous.kernels import AT, NEW, OLD
from p2p.markets.crossing import crossing
from p2p.orders import Orders

TRADERS = {
    "unconstrained": kernels.UNCONSTRAINED,
    "constrained": kernels.CONSTRAINED,
    "truthful": kernels.TRUTHFUL,
    "zip": kernels.ZIP,
    "gd": kernels.GD,
    "aa": kernels.AA,
}
"""What a trader quotes: any price of the range; any at which it does not lose; its limit; and those who learn."""

NOTHING = np.zeros((0, 0))


@dataclass(frozen=True, slots=True)
class Market:
    """Traders with one unit each, and where their curves meet.

    limit, side: [n] int64, values and costs, and +1 for buyers, -1 for sellers
    ends:     the lowest and the highest price that may be named
    quantity: units that change hands in equilibrium
    price:    in the middle of the prices that clear the market
    surplus:  most that all can gain
    """

    limit: Ints
    side: Signs
    ends: tuple[int, int]
    quantity: int
    price: float
    surplus: int

    @classmethod
    def of(cls, values: Sequence[int], costs: Sequence[int], highest: int, lowest: int = 1) -> Market:
        """The market of buyers with values and sellers with costs.

        Examples
        --------
        >>> market = Market.of([9, 7, 5], [4, 6, 8], 10)
        >>> market.quantity, market.price, market.surplus
        (2, 6.5, 6)
        """
        limit = np.array([*values, *costs], np.int64)
        side = np.repeat(np.array([1, -1]), (len(values), len(costs)))
        accepted, ends = crossing(Orders.of(side, np.ones_like(side), limit))
        price = sum(ends) / 2 if ends else np.nan
        return cls(limit, side, (lowest, highest), int(accepted.sum()) // 2, price, int(np.sum(side * limit * accepted)))


@dataclass(frozen=True, slots=True)
class Session:
    """What came of some days of a market; Q trades in the order in which they happened.

    day:     [Q] int64, on which day
    price:   [Q] int64
    gain:    [Q] int64, the buyer's value less the seller's cost
    days:    how many there were
    market:  where it was
    """

    day: Ints
    price: Ints
    gain: Ints
    days: int
    market: Market

    @property
    def efficiency(self) -> Floats:
        """[days] what was gained of what could be. [%]"""
        gained = np.bincount(self.day, self.gain, self.days)
        return np.asarray(100 * gained / self.market.surplus, np.float64)

    @property
    def trades(self) -> Ints:
        """[days] how many."""
        return np.bincount(self.day, minlength=self.days)

    @property
    def alpha(self) -> Floats:
        """[days] root mean square of how far prices lie from equilibrium, NaN without trade. [% of it]

        References
        ----------
        V. L. Smith, "An experimental study of competitive market behavior", J. Political Economy 70 (2), 1962, section III.
        """
        square = np.bincount(self.day, (self.price - self.market.price) ** 2, self.days)
        with np.errstate(invalid="ignore"):
            return 100 * np.sqrt(square / self.trades) / self.market.price


@dataclass
class Pit:
    """Traders of one kind in a market; what they learn stays with them from day to day.

    kind : a name in `TRADERS`.
    chance : draws who speaks, and all that traders draw.
    turns : of a day, at most; in each somebody is asked for a quote.
    wipes : whether a trade cancels all quotes, and the day ends when no trade is possible any more; else each trader has one
        live quote, and a day has as many turns as there are.
    zip, gd, aa : parameters of those who learn. ZIP's `absolute` is in the market's own unit here: 5 of a price of 200
        are Cliff's 0.05 dollars of one of 2 dollars; AA takes a third of the way to its target with every quote.

    Examples
    --------
    >>> market = Market.of([9, 7, 5], [4, 6, 8], 10)
    >>> session = Pit(market, "truthful", np.random.default_rng(1)).run(days=3)
    >>> bool((session.trades >= 1).all())
    True
    """

    market: Market
    kind: str
    chance: np.random.Generator
    turns: int = 2000
    wipes: bool = True
    zip: ZeroIntelligencePlus = field(default_factory=lambda: ZeroIntelligencePlus(absolute=5.0))
    gd: GjerstadDickhaut = field(default_factory=GjerstadDickhaut)
    aa: AdaptiveAggressive = field(default_factory=AdaptiveAggressive)
    quotes_to_target: float = 3.0

    def __post_init__(self) -> None:
        traders, orders = len(self.market.limit), 2 * self.turns
        self._state = room(orders)
        self._done, self._standing = np.zeros(traders, np.bool_), np.zeros(traders, np.int64)
        self._epochs = np.zeros(orders + 1, np.int64)
        self._memory, self._public, self._history = np.zeros((traders, 5)), np.zeros(FIRST + 1), np.zeros((1, 4, 1))
        self._steps, self._shape = np.zeros(3), np.zeros(4)
        begin: dict[str, Callable[[], None]] = {"zip": self._begin_zip, "gd": self._begin_gd, "aa": self._begin_aa}
        if self.kind in begin:
            begin[self.kind]()

    def run(self, days: int = 1) -> Session:
        """Some more days."""
        day, price, gain = [], [], []
        limit, side = self.market.limit, self.market.side
        for number in range(days):
            pairs = self.trade()
            day.append(np.full(len(pairs), number))
            price.append(pairs[:, AT])
            both = pairs[:, [NEW, OLD]]
            gain.append(np.sum(side[both] * limit[both], axis=1))
        return Session(np.concatenate(day), np.concatenate(price), np.concatenate(gain), days, self.market)

    def trade(self) -> Ints:
        """[Q, 4] the trades of one more day: in `NEW` and `OLD` who came and who stood, in `AT` the price."""
        made = kernels.day(
            self.chance, TRADERS[self.kind], self.market.limit, self.market.side, self.market.ends, self.turns, self.wipes, *self._state,
            self._done, self._standing, self._memory, self._public, self._history, self._epochs, self._steps, self._shape,
        )  # fmt: skip
        return self._state.trades[:made].copy()

    def _begin_zip(self) -> None:
        draws, memory = self.chance.random((3, len(self._memory))), self._memory
        memory[:, kernels.MARGIN] = -self.market.side * between(self.zip.margin, draws[0])
        memory[:, kernels.RATE], memory[:, kernels.MOMENTUM] = between(self.zip.rate, draws[1]), between(self.zip.momentum, draws[2])
        memory[:, kernels.QUOTED] = self.market.limit * (1 + memory[:, kernels.MARGIN])
        self._steps[:2] = self.zip.relative, self.zip.absolute

    def _begin_gd(self) -> None:
        self._history = np.zeros((self.gd.books + 1, 4, self.market.ends[1] + 1))

    def _begin_aa(self) -> None:
        draws, memory = self.chance.random((3, len(self._memory))), self._memory
        memory[:, kernels.R], memory[:, kernels.THETA] = between(self.aa.first, draws[0]), self.aa.first_theta
        memory[:, kernels.RATE_R], memory[:, kernels.RATE_THETA] = (between(self.aa.rate, draw) for draw in draws[1:])
        self._public = np.zeros(FIRST + self.aa.window)
        self._steps[:] = self.aa.relative, self.aa.absolute, self.quotes_to_target
        self._shape[:] = self.aa.fades, *self.aa.theta, self.aa.gamma
