"""What the gateway counts of each model it asks; the models count themselves too."""

from prometheus_client import Counter, Histogram

# Models are named in the configuration, outcomes are codes of ours: both are closed sets.
REQUESTS = Counter(
    "gateway_requests_total",
    "Texts that a model behind the gateway was asked for, by outcome (ok, or the error's code).",
    ["model", "outcome"],
)
REQUEST_SECONDS = Histogram(
    "gateway_request_seconds",
    "Time from asking a model behind the gateway to its answer, its start included.",
    ["model"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
ANSWERS = Counter(
    "gateway_answers_total",
    "Texts answered, by the model that spoke and why it was this one.",
    ["model", "reason"],
)
