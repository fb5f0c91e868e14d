"""Compiled kernels of the learning bidders: what one trader quotes and how it learns, then the same for columns of them.

`side` is +1 for a buyer and -1 for a seller. What is heard of a market is one event at a time: `came`, the side of the
quote (0: both at once, as in a call auction), `at`, its price, and `deal`, whether it was taken at that price.
"""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints, Signs
from p2p.base.compiled import compiled

TAKEN_BIDS, TAKEN_OFFERS, LEFT_BIDS, LEFT_OFFERS = range(4)
"""Rows of the counts by price from which `believed` makes beliefs."""


# ZIP, Cliff 1997


@compiled
def with_margin(limit: float, margin: float) -> float:
    """The price of a limit and a profit margin, which is a part of the limit: not positive for a buyer, not negative for a seller."""
    return limit + margin * abs(limit)


@compiled
def zip_direction(side: int, price: float, active: bool, came: int, at: float, deal: bool) -> int:
    """Where a trader who would have quoted `price` moves it after an event: +1 up, -1 down, 0 nowhere.

    After a deal, whoever would have traded at its price asks for more, and whoever would not, and has something left,
    asks for less if the quote that was taken came from the other side. After a quote that nobody took, whoever competes
    with it, is not better and has something left asks for less.
    """
    worse = side * (at - price)  # positive where a buyer would have paid less, or a seller asked more
    if deal:
        if worse <= 0:
            return -side
        return side if active and came != side else 0
    return side if active and came == side and worse >= 0 else 0


@compiled
def zip_target(direction: int, at: float, relative: float, absolute: float) -> float:
    """A price a little beyond what was heard. relative : of it; absolute : in the unit of prices; both drawn by the trader."""
    return at + direction * (relative * abs(at) + absolute)


@compiled
def zip_step(side: int, limit: float, price: float, target: float, before: float, rate: float, momentum: float) -> tuple[float, float]:
    """The margin after a step from `price` towards a target, and the step, which is the next one's `before` (Widrow and Hoff with momentum)."""
    change = momentum * before + (1 - momentum) * rate * (target - price)
    if limit == 0:
        return 0.0, change
    margin = (price + change - limit) / abs(limit)
    return (min(max(margin, -1.0), 0.0) if side > 0 else max(margin, 0.0)), change


@compiled
def zip_learn(
    limit: Floats,
    price: Floats,
    active: Flags,
    came: int,
    at: float,
    deal: bool,
    draws: Floats,
    traits: Floats,
    margin: Floats,
    change: Floats,
) -> None:
    """Change [2, n] margins and steps of buyers and of sellers after an event.

    limit, price, active : [2, n] what each stands for; NaN limits where it wants nothing, and then nothing is learnt.
    draws : [4, n] relative and absolute parts of the targets, of buyers and of sellers; traits : [2, n] rate and momentum.
    """
    for row in range(2):
        side = 1 - 2 * row
        for home in range(limit.shape[1]):
            own = limit[row, home]
            if np.isnan(own):
                continue
            direction = zip_direction(side, price[row, home], active[row, home], came, at, deal)
            if direction != 0:
                target = zip_target(direction, at, draws[2 * row, home], draws[2 * row + 1, home])
                margin[row, home], change[row, home] = zip_step(
                    side, own, price[row, home], target, change[row, home], traits[0, home], traits[1, home]
                )


# GD, Gjerstad and Dickhaut 1998


@compiled
def believed(counts: Floats, side: int, belief: Floats) -> None:
    """Fill [G] the belief that a bid (side +1) or an offer (-1) at each price of a grid is taken.

    counts : [4, G] what was taken and what was left at each price. At a price where something was, the belief is a share:
    of what was taken at this price or one better for the trader, what the other side named there, and what was left at this
    price or one worse for the trader, all but the last. Between such prices it is a cubic that is flat at both ends. Nothing
    is bought at the lowest price of the grid or sold at the highest; at the other end everything is.
    """
    grid = counts.shape[1]
    first = 0 if side > 0 else grid - 1
    step = 1 if side > 0 else -1
    taken_row, left_row = (TAKEN_BIDS, LEFT_BIDS) if side > 0 else (TAKEN_OFFERS, LEFT_OFFERS)
    other_taken, other_left = (TAKEN_OFFERS, LEFT_OFFERS) if side > 0 else (TAKEN_BIDS, LEFT_BIDS)
    left = np.sum(counts[left_row])
    good = 0.0
    knot, at_knot = 0, 0.0
    belief[first] = 0.0
    for place in range(grid):
        here = first + step * place
        good += counts[taken_row, here] + counts[other_taken, here] + counts[other_left, here]
        seen = counts[:, here].sum() > 0
        if place == 0:
            left -= counts[left_row, here]
            continue
        if place == grid - 1 or seen:
            value = 1.0 if place == grid - 1 or good + left <= 0 else good / (good + left)
            for between in range(knot + 1, place + 1):
                part = (between - knot) / (place - knot)
                belief[first + step * between] = at_knot + (value - at_knot) * part * part * (3 - 2 * part)
            knot, at_knot = place, value
        left -= counts[left_row, here]


@compiled
def best_by_limit(belief: Floats, side: int, best: Ints) -> None:
    """Fill [G] the place of the price that promises most to a trader with each limit of a grid: its gain times the belief."""
    grid = len(belief)
    for limit in range(grid):
        most, best[limit] = 0.0, limit
        for step in range(grid):
            price = limit - side * step
            if price < 0 or price >= grid:
                break
            if step * belief[price] > most:
                most, best[limit] = step * belief[price], price


@compiled
def count_orders(side: Signs, energy: Ints, price: Ints, accepted: Ints, payment: Ints, floor: int, ceiling: int, counts: Floats) -> None:
    """Add to [4, G] counts what was taken of each published order, at what was paid, and what was left, at its limit. [Wh]"""
    last = counts.shape[1] - 1
    scale = last / (ceiling - floor)
    for row in range(len(side)):
        taken, left = (TAKEN_BIDS, LEFT_BIDS) if side[row] > 0 else (TAKEN_OFFERS, LEFT_OFFERS)
        if accepted[row] > 0:
            paid = side[row] * payment[row] / accepted[row]
            counts[taken, np.int64(min(max(np.rint((paid - floor) * scale), 0), last))] += accepted[row]
        if accepted[row] < energy[row]:
            counts[left, np.int64(min(max(np.rint((price[row] - floor) * scale), 0), last))] += energy[row] - accepted[row]


@compiled
def gd_prices(side: Signs, limit: Ints, floor: int, ceiling: int, best_bid: Ints, best_offer: Ints, price: Ints) -> None:
    """Fill [K, n] the most promising prices; limits outside of the grid's ends are quoted as they are."""
    last = len(best_bid) - 1
    width = (ceiling - floor) / last
    for kind in range(limit.shape[0]):
        buys = side[kind] > 0
        for home in range(limit.shape[1]):
            own = limit[kind, home]
            price[kind, home] = own
            if floor < own < ceiling:
                place = (own - floor) / width
                if buys:
                    price[kind, home] = min(own, np.int64(np.floor(floor + best_bid[np.int64(np.floor(place))] * width)))
                else:
                    price[kind, home] = max(own, np.int64(np.ceil(floor + best_offer[np.int64(np.ceil(place))] * width)))
            elif (own >= ceiling) == buys:  # better than the other end: as good as at the end
                end = last if buys else 0
                promised = floor + (best_bid[end] if buys else best_offer[end]) * width
                price[kind, home] = np.int64(np.floor(promised) if buys else np.ceil(promised))


# AA, Vytelingum 2006


@compiled
def curve(r: float, theta: float) -> float:
    """A way from 0 to 1 as r goes from 0 to 1, bent by theta. (e^(r theta) - 1) / (e^theta - 1)"""
    return r if abs(theta) < 1e-6 else np.expm1(r * theta) / np.expm1(theta)


@compiled
def curve_back(part: float, theta: float) -> float:
    """The r at which `curve` is a part."""
    return part if abs(theta) < 1e-6 else np.log1p(part * np.expm1(theta)) / theta


@compiled
def slope(theta: float) -> float:
    """The slope of `curve` at its beginning. theta / (e^theta - 1)"""
    return 1 - theta / 2 if abs(theta) < 1e-6 else theta / np.expm1(theta)


@compiled
def theta_of(wanted: float) -> float:
    """The theta at which `slope` is a positive number, by Newton's method from the left: the slope falls and is convex."""
    if wanted <= 1e-9:
        return 25.0
    theta = -min(wanted, 500.0)
    for _ in range(60):
        gap = slope(theta) - wanted
        if abs(theta) < 1e-4:
            steep = -0.5 + theta / 6
        else:
            growth = np.expm1(theta)
            steep = (growth - theta * np.exp(theta)) / (growth * growth)
        if abs(gap) <= 1e-12 * wanted or steep == 0:
            break
        theta -= gap / steep
    return theta


@compiled
def aa_target(side: int, limit: float, centre: float, hoped: float, r: float, theta: float) -> float:
    """The price that a trader aims at.

    limit : its own; centre : the estimated competitive price; hoped : the end of the market that is best for it.
    r : how aggressive it is, -1 (only the best price) over 0 (the competitive price) to 1 (its limit); theta bends the way.
    """
    own, mid, far = side * limit, side * centre, side * hoped
    if own <= far:
        return limit
    mid = max(mid, far)
    if own <= mid:  # it should not trade
        aim = own if r >= 0 else own - (own - far) * curve(-r, theta)
    elif r >= 0:
        aim = mid + (own - mid) * curve(r, theta)
    elif mid <= far:
        aim = far
    else:
        aim = mid - (mid - far) * curve(-r, theta_of((own - mid) / (mid - far) * slope(theta)))
    return side * min(aim, own)


@compiled
def aa_r_of(side: int, limit: float, centre: float, hoped: float, price: float, theta: float) -> float:
    """The r at which a trader would aim at a price."""
    own, mid, far = side * limit, side * centre, side * hoped
    if own <= far:
        return 0.0
    mid = max(mid, far)
    aim = min(max(side * price, far), own)
    if own <= mid:
        return -curve_back((own - aim) / (own - far), theta)
    if aim >= mid:
        return curve_back((aim - mid) / (own - mid), theta)
    return -curve_back((mid - aim) / (mid - far), theta_of((own - mid) / (mid - far) * slope(theta)))


@compiled
def aa_direction(side: int, target: float, came: int, at: float, deal: bool) -> int:
    """Whether a trader becomes more (+1) or less (-1) aggressive after an event, or stays (0)."""
    if deal:
        return -1 if side * (target - at) >= 0 else 1
    return 1 if came == side and side * (target - at) <= 0 else 0


@compiled
def aa_step(r: float, direction: int, heard: float, relative: float, absolute: float, rate: float) -> float:
    """The r after a step towards a little beyond the one at which the trader would have aimed at what was heard."""
    wanted = (1 + direction * relative) * heard + direction * absolute
    return min(max(r + rate * (wanted - r), -1.0), 1.0)


@compiled
def aa_centre(last: Floats, count: int, fades: float) -> float:
    """The estimated competitive price: the mean of the latest deals' prices, the latest first, each weighing less than the one after it."""
    most = min(count, len(last))
    weight, weights, total = 1.0, 0.0, 0.0
    for back in range(most):
        total += weight * last[(count - 1 - back) % len(last)]
        weights += weight
        weight *= fades
    return total / weights


@compiled
def aa_alpha(last: Floats, count: int, centre: float) -> float:
    """How far the latest prices lie from the estimated competitive price: Smith's alpha, as a part of it."""
    most = min(count, len(last))
    square = 0.0
    for back in range(most):
        square += (last[(count - 1 - back) % len(last)] - centre) ** 2
    return np.sqrt(square / most) / max(abs(centre), 1e-9)


@compiled
def aa_theta_wanted(alpha: float, lowest: float, highest: float, theta_min: float, theta_max: float, gamma: float) -> float:
    """The theta that suits how much prices vary, by where alpha lies between the lowest and the highest so far."""
    part = (alpha - lowest) / (highest - lowest) if highest > lowest else 0.0
    return theta_min + (theta_max - theta_min) * (1 - part * np.exp(gamma * (part - 1)))


@compiled
def aa_prices(side: Signs, limit: Ints, floor: int, ceiling: int, centre: float, r: Floats, theta: Floats, price: Ints) -> None:
    """Fill [K, n] the prices that n homes aim at, by [2, n] how aggressive they buy and sell."""
    for kind in range(limit.shape[0]):
        buys = side[kind] > 0
        for home in range(limit.shape[1]):
            aim = aa_target(side[kind], limit[kind, home], centre, floor if buys else ceiling, r[0 if buys else 1, home], theta[home])
            price[kind, home] = np.int64(np.floor(aim) if buys else np.ceil(aim))


@compiled
def aa_learn(
    limit: Floats, floor: float, ceiling: float, centre: float, came: int, at: float, deal: bool, steps: Floats, rate: Floats, r: Floats,
    theta: Floats,
) -> None:  # fmt: skip
    """Change [2, n] how aggressive homes buy and sell after an event. steps : relative and absolute; limit : NaN where nothing is wanted."""
    for row in range(2):
        side = 1 - 2 * row
        hoped = floor if row == 0 else ceiling
        for home in range(limit.shape[1]):
            own = limit[row, home]
            if np.isnan(own):
                continue
            direction = aa_direction(side, aa_target(side, own, centre, hoped, r[row, home], theta[home]), came, at, deal)
            if direction != 0:
                heard = aa_r_of(side, own, centre, hoped, at, theta[home])
                r[row, home] = aa_step(r[row, home], direction, heard, steps[0], steps[1], rate[home])
