"""What all tests share."""

import pytest
from hypothesis import HealthCheck, settings

# Compilation and disk caches make first calls slow, so no deadline; the same examples everywhere, so no surprise in CI.
settings.register_profile("p2p", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("p2p")


@pytest.fixture(scope="session")
def day(tmp_path_factory):
    """A summer day of the default feeder, every order and trade kept, and the same homes without a local market."""
    import p2p
    from tests.running import ONE_DAY

    return p2p.run(ONE_DAY, tmp_path_factory.mktemp("runs") / "day")
