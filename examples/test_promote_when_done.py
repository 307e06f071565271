"""A pipeline that runs in another thread, looked at in the middle: held() lets time pass only when the test says so."""

from fake_tuning import TuningJob
from promote_when_done import Promoter

job = (
    TuningJob("churn").maximize("validation:auc").trials(8, parallel=2, each="10m").scored_by(lambda hp: 0.8)
)


def test_promotes_nothing_before_the_job_is_done(tuning_service, tuning_clock):
    churn = tuning_service.add(job)

    with tuning_clock.held(), Promoter("churn") as promoter:
        tuning_clock.advance("25m")
        assert [trial.status for trial in churn.trials].count("Completed") == 4
        assert promoter.promoted is None  # after 25 minutes it has promoted nothing yet

        tuning_clock.advance("25m")
        assert churn.status == "Completed"
        assert promoter.promoted is not None


def test_is_stopped_while_it_waits(tuning_service, tuning_clock):
    tuning_service.add(job)

    with tuning_clock.held(), Promoter("churn") as promoter:
        tuning_clock.advance("25m")

    assert promoter.promoted is None
    assert [call.operation for call in tuning_service.calls] == ["DescribeHyperParameterTuningJob"] * 5
