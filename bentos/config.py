"""What BentoML is told of every service of ours; nothing of what it does."""

from typing import Any, Final

from common.settings import MAX_TIMEOUT_S

CONFIG: Final[dict[str, Any]] = {
    "workers": 1,
    # BentoML keeps a timer for this long after every request: above our own deadline, no larger.
    "traffic": {"timeout": MAX_TIMEOUT_S + 10},
    # Spans cost half of a small request's time.
    "tracing": {"excluded_urls": ".*"},
}
"""For `@bentoml.service`: one model, one process."""
