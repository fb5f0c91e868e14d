"""What a clearing rule may look at besides the book, as plain data; a rule names what it looks at in `sees`."""

from __future__ import annotations

from dataclasses import dataclass

from p2p.base.columns import Floats, Ints
from p2p.orders.messages import Messages

#: what a rule can name in `sees`
SEEN = ("chance", "outside", "preferences", "messages")


@dataclass(frozen=True, slots=True)
class Outside:
    """What a kWh costs and brings without the local market, fees on a local one allowed for. [µEUR/kWh]

    buy:  most that a local kWh is worth to a buyer: the retailer's price less the fees that a local kWh carries
    sell: least that it must bring a seller: the feed-in price
    """

    buy: int
    sell: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """How much less each buyer pays for a kWh that is not to its taste; O rows, those of the book, used for bids alone.

    A bid's limit is what it pays for the kWh that it likes best; a kWh from offer j is worth its limit less
    per_km x distance, less per_tag[tag of j], and less `stranger` where the seller is not among its partners.

    per_km:   [O] int64 [µEUR/kWh a km]
    per_tag:  [O, K] int64, by tag of the offer, column 0 for offers without one [µEUR/kWh]
    stranger: [O] int64 [µEUR/kWh]
    partners: [P, 2] int64, agents: who prefers whom, each one's best first
    km:       [B, B] distances between buses [km]
    """

    per_km: Ints
    per_tag: Ints
    stranger: Ints
    partners: Ints
    km: Floats


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What surrounds a book.

    seed:        of the chance in this clearing: the same seed gives the same draws
    outside:     what a kWh costs and brings elsewhere; None where the book is all that is known
    preferences: of the buyers; None where a kWh is a kWh
    messages:    that were sent, the book's orders (`Messages.orders`) among them; None where all are limit orders
    """

    seed: int = 0
    outside: Outside | None = None
    preferences: Preferences | None = None
    messages: Messages | None = None


ALONE = Surroundings()
