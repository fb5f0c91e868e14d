"""What copper costs: prices of cables and transformers, and their annuity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CopperPrices:
    """Prices and terms of reinforcement.

    low_km, medium_km : a cable with its earthwork, below 1 kV and above; rural [EUR/km]
    low_transformer, medium_transformer : a transformer whose lower voltage is below 1 kV, and above [EUR]
    interest : a year (assumption)
    years : over which it is paid off (assumption)

    References
    ----------
    Deutsche Energie-Agentur, "dena-Verteilnetzstudie: Ausbau- und Innovationsbedarf der Stromverteilnetze in Deutschland bis 2030",
    2012: cables with earthwork at up to 500 inhabitants a km2 60,000 (low) and 80,000 EUR/km (medium voltage), above that 100,000
    and 140,000; transformers 10,000 and 1,000,000 EUR, here whatever their size (assumption).
    """

    low_km: float = 60_000.0
    medium_km: float = 80_000.0
    low_transformer: float = 10_000.0
    medium_transformer: float = 1_000_000.0
    interest: float = 0.05
    years: float = 40.0

    def a_year(self, capital: float) -> float:
        """Annuity of a capital. [EUR/year]"""
        return capital * annuity_factor(self.interest, self.years)


def annuity_factor(interest: float, years: float) -> float:
    """Share of a capital that is due at the end of each year, so that it is paid off with interest.

    References
    ----------
    R. A. Brealey, S. C. Myers and F. Allen, "Principles of Corporate Finance", 10th ed., 2011, section 2.2: the present value of
    an annuity of 1 over t years is 1/r - 1/(r (1 + r)^t); this is its inverse.

    Examples
    --------
    >>> round(annuity_factor(0.05, 40), 6)
    0.058278
    """
    if interest == 0:
        return 1 / years
    factor: float = interest / (1 - (1 + interest) ** -years)
    return factor
