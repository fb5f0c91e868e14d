"""Compiled loops of forecasts."""

from p2p.base.columns import Floats
from p2p.base.compiled import compiled


@compiled
def learnt(
    net: Floats,
    before: Floats,
    usual: Floats,
    share: float,
    left: float,
    most: float,
    known: bool,
    weight: Floats,
    doubt: Floats,
    error: Floats,
) -> None:
    """Change weights, covariances, errors and the usual value at this time of day by what meters have shown. [n] [kW]

    before, usual: [n] a day ago, and the mean of the last days, in which the new value takes a share
    left: share of what was learnt that is left; nothing is forgotten where a variance would pass `most`
    known: whether there is a day ago; without one, weights stay
    """
    for row in range(len(net)):
        first, second = before[row], usual[row]
        side0 = doubt[0, 0, row] + doubt[0, 1, row] * first + doubt[0, 2, row] * second
        side1 = doubt[1, 0, row] + doubt[1, 1, row] * first + doubt[1, 2, row] * second
        side2 = doubt[2, 0, row] + doubt[2, 1, row] * first + doubt[2, 2, row] * second
        missed = net[row] - weight[0, row] - weight[1, row] * first - weight[2, row] * second
        error[1, row] = left * error[1, row] + missed * missed
        error[2, row] = left * error[2, row] + missed * error[0, row]
        error[0, row] = missed
        usual[row] += share * (net[row] - usual[row])
        if not known:
            continue
        scale = left + side0 + side1 * first + side2 * second
        weight[0, row] += side0 / scale * missed
        weight[1, row] += side1 / scale * missed
        weight[2, row] += side2 / scale * missed
        doubt[0, 0, row] -= side0 * side0 / scale
        doubt[1, 1, row] -= side1 * side1 / scale
        doubt[2, 2, row] -= side2 * side2 / scale
        doubt[0, 1, row] -= side0 * side1 / scale
        doubt[0, 2, row] -= side0 * side2 / scale
        doubt[1, 2, row] -= side1 * side2 / scale
        if max(doubt[0, 0, row], doubt[1, 1, row], doubt[2, 2, row]) <= most * left:
            for one in range(3):
                for other in range(one, 3):
                    doubt[one, other, row] /= left
        doubt[1, 0, row], doubt[2, 0, row], doubt[2, 1, row] = doubt[0, 1, row], doubt[0, 2, row], doubt[1, 2, row]


@compiled
def expected(seen: int, lately: Floats, usual: Floats, weight: Floats, error: Floats, found: Floats) -> None:
    """Fill [T, n] what homes expect of the intervals after `seen`: the regression, and its last error as it fades. [kW]"""
    day = len(lately)
    for row in range(found.shape[1]):
        fades = min(max(error[2, row] / error[1, row], 0.0), 1.0) if error[1, row] > 0.0 else 0.0
        missed = error[0, row]
        for lead in range(len(found)):
            missed *= fades
            at = (seen + lead) % day
            found[lead, row] = weight[0, row] + weight[1, row] * lately[at, row] + weight[2, row] * usual[at, row] + missed
