"""Every ending of a tuning job, from one builder."""

import pytest

from every_ending import summary, verdict
from fake_tuning import TuningJob

job = TuningJob("xgb").maximize("validation:auc").trials(6, parallel=2, each="8m").scored_by(lambda hp: 0.9)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (job.completes(), "xgb is Completed, 6 of 6 trials completed, best validation:auc 0.900"),
        (job.stops(after="20m"), "xgb is Stopped, 4 of 6 trials completed, best validation:auc 0.900"),
        (job.fails("AlgorithmError: bad data"), "xgb failed: AlgorithmError: bad data"),
        (job.stops(after="1m"), "xgb is Stopped, 0 of 2 trials completed, no model yet"),
    ],
    ids=["completes", "stops", "fails", "stops-early"],
)
def test_summarizes_every_ending(tuning_service, ending, expected):
    tuning_service.add(ending)

    assert verdict("xgb") == expected


@pytest.mark.parametrize("any_job", TuningJob.every_status(), ids=lambda any_job: any_job.status)
def test_has_a_line_for_every_status(any_job):
    assert any_job.name in summary(any_job.describe())
