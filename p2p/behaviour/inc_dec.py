"""Game the stage after the market: sell what makes a congestion, to be paid for being held back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.units import WH_PER_KWH
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.orders import Known, Orders
from p2p.orders.published import Aftermath


@dataclass(frozen=True, slots=True)
class Grudge:
    """What n prosumers remember of the DSO, in sums that fade.

    over:      [n] what they had over [Wh]
    held_back: [n] what they were kept from feeding in [Wh]
    sold:      [n] what was accepted of their offers [Wh]
    withdrawn: [n] what the DSO withdrew of that [Wh]
    paid:      [n] what a kWh held back brought last [µEUR/kWh]
    """

    over: Floats
    held_back: Floats
    sold: Floats
    withdrawn: Floats
    paid: Floats

    @property
    def of_sales(self) -> Floats:
        """[n] the share of a sale that is withdrawn."""
        return np.minimum(self.withdrawn / np.maximum(self.sold, 1.0), 0.999)

    @property
    def of_rest(self) -> Floats:
        """[n] how much of each kWh that is over is held back although nobody had bought it."""
        return np.clip((self.held_back - self.withdrawn) / np.maximum(self.over, 1.0), 0.0, 1.0)


@dataclass(frozen=True)
class IncDec:
    """Bids as `marginal_value`, but sells sun that a device of its own could use where being held back pays more than the use.

    It remembers what it ordered, what was accepted, what the DSO let stand, and what it was paid for being held back. A kWh
    that is sold instead of stored is fed in, and the feeder gets fuller (inc). The DSO then pays for having it emptied (dec):
    a part of the sale may be withdrawn, and brings the compensation in place of the price; a part of what nobody bought is
    held back, and brings the compensation in place of the retailer's price. Both parts are expected to be as they were. So it
    lets go of sun that it would have stored at less than that is worth, down to the price at which both come to the same,
    and never below what the retailer pays.

    It pays only if a kWh held back brings more than the best other use of it: if the compensation exceeds what a stored kWh is
    worth. Under a regime that pays at most the price for feeding in (`curtailment_compensation` up to 1), it never does:
    what is worth less than that is fed in by the truthful, too, and what is worth more is better stored. Then this
    strategy keeps to the truth. It pays where relief is paid at the provider's price, or compensation has a premium.

    fades : what is left of a memory after an interval in which there was something over. (assumption)

    References
    ----------
    L. Hirth and I. Schlecht, "Market-based redispatch in zonal electricity markets: inc-dec gaming as a consequence of
    inconsistent power market design (not market power)", 2019.
    """

    fades: float = 0.9

    def start(self, n: int) -> Grudge:
        """The memory of n prosumers of whom nothing was ever held back."""
        return Grudge(*np.zeros((5, n)))

    def __call__(self, known: Known, memory: Grudge | None = None) -> Orders:
        """The orders of n prosumers, by what they remember; without a memory they are truthful."""
        wanted = needs(known)
        return quote(known, wanted if memory is None else self._inc(known, wanted, memory))

    def learn(self, memory: Grudge, known: Known, orders: Orders, energy: Ints, payment: Ints, after: Aftermath | None = None) -> Grudge:
        """What they remember after an interval; nothing new where nothing is known of what the DSO did."""
        if after is None:
            return memory
        over = np.maximum(-known.net, 0.0) * known.hours * WH_PER_KWH
        offers = ~orders.bids
        row = np.searchsorted(known.agent, orders.agent[offers])
        sold = np.bincount(row, after.accepted[offers], len(known))
        withdrawn = np.bincount(row, (after.accepted - energy)[offers], len(known))
        kept = np.where(over > 0, self.fades, 1.0)
        paid = np.where(after.held_back > 0, after.relief / np.maximum(after.held_back, 1), memory.paid)
        return Grudge(
            kept * memory.over + over,
            kept * memory.held_back + after.held_back,
            kept * memory.sold + sold,
            kept * memory.withdrawn + withdrawn,
            paid,
        )

    def _inc(self, known: Known, wanted: Needs, memory: Grudge) -> Needs:
        """The same needs, with sun for sale at the price at which selling and the own use come to the same."""
        premium = memory.of_sales * memory.paid + memory.of_rest * (memory.paid - known.feed_in)
        same = np.ceil((wanted.limit - np.where(memory.paid > 0, premium, 0.0)) / (1 - memory.of_sales)).astype(np.int64)
        lower = np.minimum(np.maximum(same, known.feed_in), wanted.limit)
        return Needs(wanted.side, wanted.energy, np.where(_of_sun(known, wanted), lower, wanted.limit))


def _of_sun(known: Known, wanted: Needs) -> Flags:
    """[K, n] offers of what the home has over, not of what its store would have to give: the cheapest up to that amount."""
    offers = (wanted.side < 0)[:, None] & (wanted.energy > 0)
    order = np.argsort(np.where(offers, wanted.limit, np.iinfo(np.int64).max), axis=0, kind="stable")
    sums = np.cumsum(np.take_along_axis(np.where(offers, wanted.energy, 0), order, axis=0), axis=0)
    so_far = np.empty_like(sums)
    np.put_along_axis(so_far, order, sums, axis=0)
    over = np.maximum(-known.net, 0.0) * known.hours * WH_PER_KWH
    there: Flags = offers & (so_far <= over + len(wanted.side))  # each is rounded to a Wh
    return there
