from bentos.gateway import metrics


def test_labels_are_of_closed_sets_alone() -> None:
    """A name that a caller may choose would make a series of each."""
    counted = (metrics.REQUESTS, metrics.REQUEST_SECONDS, metrics.ANSWERS)
    assert {metric._name: metric._labelnames for metric in counted} == {
        "gateway_requests": ("model", "outcome"),
        "gateway_request_seconds": ("model",),
        "gateway_answers": ("model", "reason"),
    }


def test_times_reach_from_a_kept_answer_to_a_model_that_starts() -> None:
    bounds = metrics.REQUEST_SECONDS._kwargs["buckets"]
    assert bounds[0] <= 0.01
    assert bounds[-1] >= 120
    assert list(bounds) == sorted(bounds)
