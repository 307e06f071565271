"""From the best trial to its training job and its model."""

import pytest

from fake_tuning import TuningJob
from promote_best import NothingToPromote, best_model

job = (
    TuningJob("churn")
    .maximize("validation:auc")
    .searching(eta=(0.01, 0.3), booster=["gbtree", "dart"])
    .trials(8, parallel=2)
    .defined(OutputDataConfig={"S3OutputPath": "s3://models/churn"})
    .scored_by(lambda hp: 0.8 if hp["booster"] == "dart" else 0.7)
)


def test_promotes_the_best_trial(tuning_service):
    tuning_service.add(job.trial(3).tries(booster="dart", eta=0.1).trial(3).scores(0.95).completed())

    uri, hyperparameters = best_model("churn", at_least=0.9)

    trial = tuning_service.job("churn").trials[2]
    assert uri == f"s3://models/churn/{trial.name}/output/model.tar.gz"
    assert hyperparameters == {"booster": "dart", "eta": "0.1"}


def test_does_not_promote_a_model_that_is_not_good_enough(tuning_service):
    tuning_service.add(job.completed())

    with pytest.raises(NothingToPromote, match=r"the best of churn reaches 0\.80, and not 0\.90"):
        best_model("churn", at_least=0.9)


def test_does_not_promote_from_a_job_that_failed(tuning_service):
    tuning_service.add(job.failed())

    with pytest.raises(NothingToPromote, match="no trial with a result"):
        best_model("churn", at_least=0.9)
