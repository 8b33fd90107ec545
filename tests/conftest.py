"""What holds for every test: no example of hypothesis is held to a time, since speed is measured by scripts/bench alone."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("cvsb", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cvsb")
