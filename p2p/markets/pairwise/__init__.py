"""Rules by which pairs trade: chance meetings, partners, and the best pairs where buyers tell sellers apart."""

from p2p.markets.pairwise.bilateral import Bilateral
from p2p.markets.pairwise.preferred_partners import PreferredPartners
from p2p.markets.pairwise.random_pairs import RandomPairs

__all__ = ["Bilateral", "PreferredPartners", "RandomPairs"]
