"""SimBench's profiles: numbers of its tables, kinds, and a name for every connection."""

import numpy as np
import pytest

from p2p.base.errors import FileInvalid
from p2p.sources import read_grid, read_profiles
from p2p.sources.profiles import KINDS, kind_of

simbench = pytest.importorskip("simbench")


@pytest.fixture(scope="module")
def profiles():
    return read_profiles()


def test_a_year_of_quarter_hours(profiles):
    assert profiles.p.shape == profiles.q.shape == (35136, len(profiles.names))
    assert profiles.p.dtype == np.float64
    assert np.all(np.isfinite(profiles.p))
    assert np.all(np.isfinite(profiles.q))
    assert len(set(profiles.names)) == len(profiles.names)


def test_numbers_of_the_table(profiles):
    """First rows of LoadProfile.csv of SimBench 1.6.3: BL-H and G0-A at 00:00, 00:15 and 00:30 of 1 January 2016."""
    for name, p, q in [
        ("BL-H", [0.088339, 0.084806, 0.077739], [0.14305, 0.169872, 0.169872]),
        ("G0-A", [0.143882, 0.203032, 0.213184], [0.282542, 0.389736, 0.402408]),
    ]:
        column = profiles.names.index(name)
        assert profiles.p[:3, column].tolist() == p
        assert profiles.q[:3, column].tolist() == q


def test_q_follows_p_where_there_is_no_other(profiles):
    columns = profiles.columns(np.array(profiles.names_of("pv")))
    np.testing.assert_array_equal(profiles.p[:, columns], profiles.q[:, columns])


def test_every_kind_is_there(profiles):
    assert {kind for kind in KINDS if profiles.names_of(kind)} == set(KINDS)
    assert profiles.names_of("household") == ("H0-A", "H0-B", "H0-C", "H0-G", "H0-H", "H0-L")
    assert profiles.names_of("pv") == tuple(f"PV{number}" for number in range(1, 9))
    assert kind_of("Soil_Alternative_1") == "heat_pump"
    assert kind_of("HLS_A_3.7") == kind_of("APLS_B_11.0") == kind_of("HS12") == kind_of("HSexp0") == "ev"
    assert kind_of("lv_rural1/load/0") == "subgrid"
    with pytest.raises(FileInvalid, match="unknown kind"):
        kind_of("QX-1")


def test_the_sun_does_not_shine_at_night(profiles):
    night = np.arange(35136) % 96 < 12  # 00:00 to 03:00, UTC+1
    assert np.all(profiles.p[np.ix_(night, profiles.columns(np.array(profiles.names_of("pv"))))] <= 0)


@pytest.mark.parametrize(
    "code",
    [
        "1-LV-rural1--0-no_sw",
        *(pytest.param(code, marks=pytest.mark.slow) for code in ("1-LV-rural1--2-no_sw", "1-MV-rural--2-sw", "1-MV-comm--1-sw")),
    ],
)
def test_every_connection_has_a_profile(profiles, code):
    feeder = read_grid(code)
    for part in (feeder.loads, feeder.generators, feeder.storages):
        assert np.all(np.isin(part.profile, profiles.names))
    assert {profiles.kind[column] for column in profiles.columns(feeder.generators.profile)} <= {
        "pv",
        "wind",
        "biomass",
        "hydro",
        "subgrid",
    }
    assert {profiles.kind[column] for column in profiles.columns(feeder.storages.profile)} <= {"storage", "subgrid"}


@pytest.mark.slow
def test_our_columns_are_what_simbench_computes(profiles):
    """`simbench.get_absolute_values` on a scenario with heat pumps, chargers and storages."""
    code = "1-LV-rural1--2-no_sw"
    net, feeder = simbench.get_simbench_net(code), read_grid(code)
    absolute = simbench.get_absolute_values(net, profiles_instead_of_study_cases=True)
    for (element, quantity), part, table in (
        (("load", "p_mw"), feeder.loads, profiles.p * 1.0),
        (("load", "q_mvar"), feeder.loads, profiles.q * 1.0),
        (("sgen", "p_mw"), feeder.generators, profiles.p * 1.0),
        (("storage", "p_mw"), feeder.storages, profiles.p * 1.0),
    ):
        rated = part.p_kw if quantity == "p_mw" else part.q_kvar
        ours = table[:, profiles.columns(part.profile)] * rated
        np.testing.assert_allclose(ours, 1000 * absolute[element, quantity].to_numpy(), atol=1e-9)
