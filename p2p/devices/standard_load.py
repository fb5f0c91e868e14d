"""Standard load profiles: how the household profile H0 swells in winter and shrinks in summer."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats


def dynamisation(day: Floats) -> Floats:
    """Factor on the static profile H0 by the day of the year.

    Parameters
    ----------
    day : day of the year, 1 to 366; a fraction moves on within the day.

    References
    ----------
    VDEW, "Repräsentative VDEW-Lastprofile", 1999, and BDEW, "Standardlastprofile Strom": the polynomial of fourth degree.
    """
    return np.asarray((((-3.92e-10 * day + 3.20e-7) * day - 7.02e-5) * day + 2.1e-3) * day + 1.24)
