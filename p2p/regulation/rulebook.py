"""The rulebook: what regulation and contracts say about prices, fees and compensation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Ints
from p2p.base.units import price
from p2p.regulation.tariff import Tariff


@dataclass(frozen=True)
class Rulebook:
    """Germany today, in round numbers, net of value added tax; every field is a lever.

    retail:                 "indexed" (national price plus margin) or "fixed" (`retail_energy`)
    retail_energy:          the fixed energy price [EUR/MWh]; (assumption)
    retail_margin:          what the retailer adds to the national price [EUR/MWh]; (assumption)
    feed_in:                "fixed" (`feed_in_energy`) or "indexed" (national price less `feed_in_margin`)
    feed_in_energy:         [EUR/MWh]; EEG 2023 par. 48, surplus feed-in up to 10 kW commissioned in early 2024: 8.1 ct/kWh
    feed_in_margin:         [EUR/MWh]; (assumption)
    network_fee:            [EUR/MWh]; the order of a German household's net network charge in 2024, 11.6 ct/kWh
                            (Bundesnetzagentur, Monitoringbericht 2024)
    local_network_discount: share of the network fee that a locally bought kWh is spared; Austria's local energy
                            communities on the low-voltage level: 0.57 (SNE-V 2018 as amended in 2021)
    levies:                 [EUR/MWh]; electricity tax 20.5 (StromStG par. 3), concession fee and surcharges about 30 (assumption)
    curtailment_compensation: share of the feed-in price paid for a kWh that the DSO held back; 1.0 after EnWG par. 13a
    aggregator_commission:  what an aggregator keeps of each kWh that it trades [EUR/MWh]; (assumption)
    """

    retail: str = "indexed"
    retail_energy: float = 130.0
    retail_margin: float = 45.0
    feed_in: str = "fixed"
    feed_in_energy: float = 81.0
    feed_in_margin: float = 4.0
    network_fee: float = 116.0
    local_network_discount: float = 0.57
    levies: float = 50.0
    curtailment_compensation: float = 1.0
    aggregator_commission: float = 2.0

    def tariff(self, national_price: Ints) -> Tariff:
        """The tariff of each interval.

        Parameters
        ----------
        national_price : [T] day-ahead price. [µEUR/kWh]
        """
        flat = np.ones_like(national_price)
        energy = national_price + price(self.retail_margin) if self.retail == "indexed" else flat * price(self.retail_energy)
        feed_in = national_price - price(self.feed_in_margin) if self.feed_in == "indexed" else flat * price(self.feed_in_energy)
        network = price(self.network_fee)
        local = price(self.network_fee * (1 - self.local_network_discount))
        return Tariff(energy, feed_in, flat * network, flat * local, flat * price(self.levies))
