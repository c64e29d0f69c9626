"""An inference server of your own: ``modal deploy modal_app/inference.py``.

It serves Qwen2.5-Coder-7B-Instruct on one L40S with vLLM and xgrammar, scales to zero after a minute, and answers
only requests that carry a proxy token. Every choice can be overridden, for instance::

    LIFT_MODAL_PROFILE=32b LIFT_MODAL_SCALE=demo modal deploy modal_app/inference.py

``modal_app/settings.py`` lists the settings; ``LIFT_MODAL_SNAPSHOTS=off`` starts without memory snapshots.
"""

from __future__ import annotations

from modal_app.deployment import define
from modal_app.settings import Settings

app = define(Settings.from_environment())
