"""What a member pays in all under a community rate is what the papers' blended prices say."""

import numpy as np
import pytest

from p2p.markets import clear
from p2p.orders import Orders, Outside, Surroundings
from p2p.regulation import Rulebook
from p2p.settlement import Delivery, Ledger, Reason, settle
from p2p.settlement.settle import Prices
from tests.running import few

RETAIL, FEED_IN = 300_000, 80_000
PRICES = Prices(energy=RETAIL, feed_in=FEED_IN, network=0, local_network=0, levies=0, national=90_000, imbalance=90_000)


def blended(rule, drawn, fed):
    """[N] bills by the papers: the community's prices for a kWh drawn and a kWh fed in, retailer's part included. [nEUR]

    mid_market_rate and bill_sharing: Long et al., 2017; supply_demand_ratio: Liu et al., 2017.
    """
    wanted, offered = drawn.sum(), fed.sum()
    missing, over = max(wanted - offered, 0), max(offered - wanted, 0)
    shared, ratio = min(wanted, offered), offered / wanted
    match rule:
        case "mid_market_rate":
            rate = (RETAIL + FEED_IN) / 2
        case "supply_demand_ratio":
            rate = FEED_IN if ratio > 1 else FEED_IN * RETAIL / ((RETAIL - FEED_IN) * ratio + FEED_IN)
        case "bill_sharing":
            rate = 0
    return drawn * (shared * rate + missing * RETAIL) / wanted - fed * (shared * rate + over * FEED_IN) / offered


@pytest.mark.parametrize("rule", ["mid_market_rate", "supply_demand_ratio", "bill_sharing"])
@pytest.mark.parametrize("fed", [400, 1000, 3500], ids=["deficit", "balance", "surplus"])
def test_local_and_retail_bills_together_are_the_papers(rule, fed):
    """Two who draw 750 and 250 Wh, two who feed in a fifth and four fifths."""
    metered = np.array([750, 250, -fed // 5, -fed * 4 // 5])
    orders = Orders.of(np.sign(metered), np.abs(metered), np.where(metered > 0, RETAIL, FEED_IN))
    clearing = clear(orders, rule, around=Surroundings(outside=Outside(RETAIL, FEED_IN)))
    local, nothing = orders.side * clearing.energy, np.zeros(4, np.int64)
    delivery = Delivery(local, clearing.payment, clearing.energy, metered, metered, nothing, nothing)
    ledger = Ledger.of(np.array(["a", "b", "c", "d"]), (), np.full(4, -1, np.int32))
    statement = settle(delivery, 0, PRICES, Rulebook(), ledger)
    parts = [Reason.LOCAL_ENERGY, Reason.RETAIL_ENERGY, Reason.FEED_IN]
    bills = statement.dues[parts].sum(axis=0)
    assert bills == pytest.approx(
        blended(rule, np.maximum(metered, 0), np.maximum(-metered, 0)), abs=int(metered.max())
    )  # a price is whole
    assert statement.dues.sum(axis=0).tolist() == bills.tolist()


def test_bills_of_a_run_are_the_papers(tmp_path):
    """Homes with load and sun alone that foresee them, without fees and pools, at a mid-market rate."""
    run = few(
        tmp_path / "run", market={"mechanism": "mid_market_rate"}, results={"report": False, "reference": False},
        population={"households": 20, "battery": 0.0, "forecast": "perfect", "strategies": {"marginal_value": 1.0}, "aggregators": []},
        regulation={"network_fee": 0.0, "levies": 0.0, "retail": "fixed", "retail_energy": RETAIL / 1000, "feed_in_energy": FEED_IN / 1000},
    )  # fmt: skip
    agents = run.columns("agents")
    days = agents["metered_wh"].reshape(-1, 20)
    due = agents["dues_neur"].reshape(-1, 20)
    checked = 0
    for metered, dues in zip(days, due, strict=True):
        drawn, fed = np.maximum(metered, 0), np.maximum(-metered, 0)
        if drawn.sum() and fed.sum():
            # meters carry fractions of a Wh over, so what is metered is a Wh off what was ordered, at each home
            assert dues == pytest.approx(blended("mid_market_rate", drawn, fed), abs=4 * RETAIL)
            checked += 1
    assert checked > 20
    assert run.total("traded_wh") > 0
