"""Whether this machine can confine generated code, found out once."""

from __future__ import annotations

import pytest

from engine.sandbox import confine

CONFINEMENT = confine.probe()

needs_confinement = pytest.mark.skipif(not CONFINEMENT.available, reason=CONFINEMENT.detail)
