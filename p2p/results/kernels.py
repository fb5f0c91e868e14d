"""Compiled kernels of the record."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled


@compiled
def home_sums(
    counts: tuple[Ints, Ints, Ints, Ints],
    dues: Ints,
    powers: tuple[Floats, Floats, Floats, Floats, Floats],
    fuel: Ints,
    lacked: tuple[Ints, Ints],
    pay: Ints,
    owner: Indices,
    storage: Floats,
    stored: Floats,
    wh: float,
    sums: Ints,
    holds: Ints,
    whole: Ints,
) -> None:
    """Fill [AGENT_SUMS, N] what is kept of each home, [1, N] what its storage holds [Wh], and [AGENT_SUMS + 2] the sums over homes.

    The last two sums are what aggregators took and what members gained in pools. [nEUR]

    counts : [N] metered, scheduled and traded energy [Wh], and what is owed for the trade [nEUR].
    dues : [reasons, N] [nEUR]; powers : [N] wanted, of the sun, held back, unserved, and of all flexible devices [kW].
    fuel : [F, N] burnt [Wh]; lacked : [N] energy that was needed and did not come [Wh], and discomfort [mK·h]; pay : [5, N] as in `Pay`.
    `holds` is zero. owner, storage, stored : [D] of storage, the home, the power [kW] and the state of charge [kWh].
    wh : Wh of a kW held for the interval.
    """
    metered, scheduled, traded, payment = counts
    wanted, sun, held_back, unserved, flexible = powers
    homes = len(metered)
    stores = np.zeros(homes)
    for store in range(len(owner)):
        stores[owner[store]] += storage[store]
        holds[0, owner[store]] += np.int64(np.rint(stored[store] * 1000))
    for home in range(homes):
        sums[0, home], sums[1, home], sums[2, home], sums[3, home] = metered[home], scheduled[home], traded[home], payment[home]
        owed = np.int64(0)
        for reason in range(dues.shape[0]):
            owed += dues[reason, home]
        sums[4, home] = owed
        sums[5, home] = np.int64(np.rint((wanted[home] - unserved[home]) * wh))
        sums[6, home] = np.int64(np.rint((sun[home] - held_back[home]) * wh))
        sums[7, home] = np.int64(np.rint(stores[home] * wh))
        sums[8, home] = np.int64(np.rint(held_back[home] * wh))
        sums[9, home] = np.int64(np.rint(unserved[home] * wh))
        sums[10, home] = np.int64(np.rint((flexible[home] - stores[home]) * wh))
        sums[11, home] = 0
        for kind in range(fuel.shape[0]):
            sums[11, home] += fuel[kind, home]
        sums[12, home], sums[13, home] = lacked[0][home], lacked[1][home]
    for place in range(sums.shape[0]):
        whole[place] = sums[place].sum()
    whole[-2], whole[-1] = pay[0].sum() + pay[1].sum(), pay[3].sum()


@compiled
def kind_sums(ends: Ints, power: Floats, low: Floats, high: Floats, wh: float, sums: Ints) -> None:
    """Fill the first four columns of [kinds, DEVICE_SUMS]: drawn, given, and what was left upward and downward. [Wh]

    ends : [kinds + 1] where the devices of each kind begin, and the end. power, low, high : [D] [kW]
    """
    for kind in range(len(ends) - 1):
        drawn, given, up, down = 0.0, 0.0, 0.0, 0.0
        for row in range(ends[kind], ends[kind + 1]):
            drawn += max(power[row], 0.0)
            given += max(-power[row], 0.0)
            up += high[row] - power[row]
            down += power[row] - low[row]
        sums[kind, 0], sums[kind, 1] = np.int64(np.rint(drawn * wh)), np.int64(np.rint(given * wh))
        sums[kind, 2], sums[kind, 3] = np.int64(np.rint(up * wh)), np.int64(np.rint(down * wh))


@compiled
def book_sums(
    agent: Indices, side: Signs, energy: Ints, price: Ints, accepted: Ints, payment: Ints, cleared: Ints, accounts: int
) -> tuple[int, int, int, int, int, int, int, int]:
    """Of a book: energy bid, offered, offered by the largest seller, traded [Wh]; gains, budget, paid by buyers [nEUR]; cleared and not
    delivered [Wh]."""
    by_seller = np.zeros(accounts, np.int64)
    bid, offered, traded, gain, budget, paid, back = 0, 0, 0, 0, 0, 0, 0
    for row in range(len(side)):
        gain += side[row] * price[row] * accepted[row]
        budget += payment[row]
        if side[row] > 0:
            bid += energy[row]
            traded += accepted[row]
            paid += payment[row]
            back += cleared[row] - accepted[row]
        else:
            offered += energy[row]
            by_seller[agent[row]] += energy[row]
    return bid, offered, by_seller.max(), traded, gain, budget, paid, back


@compiled
def strain(
    lowest: Floats, highest: Floats, loading: Floats, rating_kva: Floats, low: float, high: float, hours: float
) -> tuple[float, float, float, float, float]:
    """Lowest and highest voltage, highest loading [%], overload [kVAh], and bus-hours with a voltage outside low to high.

    lowest, highest : [B] of the phases of each bus.
    """
    least, most, worst, over, outside = lowest[0], highest[0], 0.0, 0.0, 0
    for bus in range(len(lowest)):
        least, most = min(least, lowest[bus]), max(most, highest[bus])
        if not (low <= lowest[bus] and highest[bus] <= high):
            outside += 1
    for row in range(len(loading)):
        worst = max(worst, loading[row])
        if loading[row] > 100.0:
            over += (loading[row] - 100.0) / 100.0 * rating_kva[row]
    return least, most, worst, over * hours, outside * hours


@compiled
def accumulate(totals: Ints, dues_of: Ints, sums: Ints, dues: Ints) -> None:
    """Add an interval to the sums of the run: what is kept of each home, then drawn, fed in, bought and sold."""
    kept = sums.shape[0]
    for place in range(kept):
        for home in range(sums.shape[1]):
            totals[place, home] += sums[place, home]
    for reason in range(dues.shape[0]):
        for home in range(dues.shape[1]):
            dues_of[reason, home] += dues[reason, home]
    for home in range(sums.shape[1]):
        totals[kept, home] += max(sums[0, home], 0)
        totals[kept + 1, home] += max(-sums[0, home], 0)
        totals[kept + 2, home] += max(sums[2, home], 0)
        totals[kept + 3, home] += max(-sums[2, home], 0)


@compiled
def add_home_rows(amounts: Indices, money: Ints, sums: Ints, states: Ints, is_money: tuple[bool, ...]) -> None:
    """Add an interval to its row of agents.parquet: sums add up, to `money` [nEUR] or to `amounts`, where the last states stay, too."""
    narrow, wide = 0, 0
    for place in range(sums.shape[0]):
        if is_money[place]:
            for home in range(sums.shape[1]):
                money[wide, home] += sums[place, home]
            wide += 1
        else:
            for home in range(sums.shape[1]):
                amounts[narrow, home] += sums[place, home]
            narrow += 1
    for place in range(states.shape[0]):
        for home in range(states.shape[1]):
            amounts[narrow + place, home] = states[place, home]


@compiled
def widen(low: Floats, high: Floats, highest: Floats, least: Floats, most: Floats, loading: Floats) -> None:
    """Widen the row of grid.parquet, buses and then branches, to an interval's lowest and highest voltages and its loadings; NaN is
    widened by anything."""
    buses = len(least)
    for bus in range(buses):
        if least[bus] < low[bus] or np.isnan(low[bus]):
            low[bus] = least[bus]
        if most[bus] > high[bus] or np.isnan(high[bus]):
            high[bus] = most[bus]
    for row in range(len(loading)):
        if loading[row] > highest[buses + row] or np.isnan(highest[buses + row]):
            highest[buses + row] = loading[row]


@compiled
def first_open(
    contracted: Ints,
    gains: Ints,
    payment: Ints,
    handed_on: int,
    may_lack: bool,
    stored: Floats,
    capacity: Floats,
    reach: tuple[Floats, Floats, Floats],
    counted: Ints,
    import_wh: float,
) -> int:
    """Which law of `recording.CLOSED` an interval breaks first; -1 for none. The grid's books may differ by a lot a meter.

    handed_on : what of the operator's budget is the DSO's. [nEUR] reach : [D] lowest and highest power of devices, and what they held; rounding may go a watt's thousandth beyond. [kW]
    """
    if contracted.sum() != 0:
        return 0
    if gains.sum() != 0:
        return 1
    if payment.sum() < handed_on and not may_lack:
        return 2
    for row in range(len(stored)):
        if not 0.0 <= stored[row] <= capacity[row]:
            return 3
    low, high, power = reach
    for row in range(len(power)):
        if not low[row] - 1e-6 <= power[row] <= high[row] + 1e-6:
            return 3
    return 4 if abs(import_wh - counted.sum()) > len(counted) + 1 else -1


@compiled
def add_errors(errors: Floats, expected: Floats, came: Floats) -> None:
    """Add to [2, N] what was expected less what came, and its size. [kW]"""
    for home in range(len(came)):
        error = expected[home] - came[home]
        errors[0, home] += error
        errors[1, home] += abs(error)


@compiled
def posting_rows(
    dues: Ints, between: Ints, payee: Ints, institutions: tuple[Ints, Ints, Ints], first: Indices, rows: Indices, amount: Ints
) -> None:
    """Fill interval, payer, payee and reason, and the amount [nEUR], of all debts that are not nothing, period by period.

    dues : [T, reasons, N]; between : [T, debts]. institutions : [debts] payer, payee and reason. first : [T] interval of each period.
    """
    payer_of, payee_of, reason_of = institutions
    place = 0
    for period in range(len(first)):
        for reason in range(dues.shape[1]):
            for home in range(dues.shape[2]):
                if dues[period, reason, home] != 0:
                    rows[0, place], rows[1, place], rows[2, place] = first[period], home, payee[reason, home]
                    rows[3, place], amount[place] = reason, dues[period, reason, home]
                    place += 1
        for debt in range(between.shape[1]):
            if between[period, debt] != 0:
                rows[0, place], rows[1, place], rows[2, place] = first[period], payer_of[debt], payee_of[debt]
                rows[3, place], amount[place] = reason_of[debt], between[period, debt]
                place += 1
