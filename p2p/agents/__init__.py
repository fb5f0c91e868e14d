"""Those who decide apart, as Mesa agents: thin shells around columns and rules."""

from p2p.agents.institutions import Aggregator, Dso, MarketOperator, Retailer, Tso
from p2p.agents.prosumers import Cohort, Prosumer

__all__ = ["Aggregator", "Cohort", "Dso", "MarketOperator", "Prosumer", "Retailer", "Tso"]
