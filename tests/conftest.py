"""What all tests share."""

from hypothesis import HealthCheck, settings

# Compilation and disk caches make first calls slow, so no deadline; the same examples everywhere, so no surprise in CI.
settings.register_profile("p2p", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("p2p")
