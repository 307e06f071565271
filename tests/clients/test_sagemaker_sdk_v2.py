"""The SageMaker Python SDK, version 2, unmodified, against the fake; moto serves S3 and STS beside it."""

import time

import pytest

sagemaker = pytest.importorskip("sagemaker", reason="needs the extra sagemaker-v2", exc_type=ImportError)
moto = pytest.importorskip("moto", reason="needs the extra sagemaker-v2")
if int(sagemaker.__version__.split(".")[0]) != 2:
    pytest.skip("this is the test of version 2 of the SDK", allow_module_level=True)

import boto3
from sagemaker.analytics import HyperparameterTuningJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.tuner import HyperparameterTuner

from fake_tuning import FakeTuningService, Scenario, TuningJob, VirtualClock

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.0"
OBJECTIVE = "validation:auc"

# The SDK and the libraries below it warn of their own deprecations, which are not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def clock():
    with VirtualClock() as clock:
        yield clock


@pytest.fixture
def service(clock):
    with moto.mock_aws(), FakeTuningService(clock=clock) as service:
        boto3.client("s3").create_bucket(Bucket="data")
        yield service


@pytest.fixture
def session(service):
    return sagemaker.Session(boto3.Session())


@pytest.fixture
def tuner(session):
    estimator = Estimator(
        image_uri=IMAGE,
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        hyperparameters={"epochs": 10},
        sagemaker_session=session,
    )
    return HyperparameterTuner(
        estimator,
        OBJECTIVE,
        {
            "eta": ContinuousParameter(0.01, 0.3),
            "max_depth": IntegerParameter(3, 10),
            "booster": CategoricalParameter(["gbtree", "dart"]),
        },
        metric_definitions=[{"Name": OBJECTIVE, "Regex": r"auc=(\S+)"}],
        max_jobs=12,
        max_parallel_jobs=3,
        base_tuning_job_name="churn",
    )


def test_fit_waits_for_the_end(tuner, service):
    began = time.time()
    service.on_create(Scenario.completes(after="1h").scored_by(lambda hp: hp["eta"]))

    tuner.fit({"train": "s3://data/train"}, wait=True)

    assert 3600 <= time.time() - began <= 3610
    handle = service.job(tuner.latest_tuning_job.name)
    assert handle.status == "Completed"
    assert tuner.best_training_job() == handle.best.name
    assert handle.best.metric == max(trial.metric for trial in handle.trials)


def test_analytics_tells_of_every_trial(tuner, service):
    tuner.fit({"train": "s3://data/train"}, wait=True)

    frame = tuner.analytics().dataframe()

    assert len(frame) == 12
    assert set(frame["TrainingJobStatus"]) == {"Completed"}
    assert {"eta", "max_depth", "booster", "FinalObjectiveValue"} <= set(frame.columns)


def test_fit_raises_when_the_job_fails(tuner, service):
    service.on_create(Scenario.fails())

    with pytest.raises(UnexpectedStatusException, match="No training job succeeded after 5 attempts"):
        tuner.fit({"train": "s3://data/train"}, wait=True)


def test_fit_comes_back_from_a_job_that_was_stopped(tuner, service):
    service.on_create(Scenario.stops(after="20m"))

    tuner.fit({"train": "s3://data/train"}, wait=True)

    assert service.job(tuner.latest_tuning_job.name).status == "Stopped"


def test_stop_tuning_job(tuner, service, clock):
    tuner.fit({"train": "s3://data/train"}, wait=False)
    handle = service.job(tuner.latest_tuning_job.name)
    clock.advance("5m")

    tuner.stop_tuning_job()
    assert handle.status == "Stopping"
    tuner.latest_tuning_job.wait()
    assert handle.status == "Stopped"
    tuner.stop_tuning_job()


def test_attach_takes_up_a_job(tuner, service, session):
    tuner.fit({"train": "s3://data/train"}, wait=True)
    name = tuner.latest_tuning_job.name

    attached = HyperparameterTuner.attach(name, sagemaker_session=session)

    assert attached.objective_metric_name == OBJECTIVE
    assert attached.max_jobs == 12
    assert attached.best_training_job() == tuner.best_training_job()
    assert set(attached.hyperparameter_ranges()["CategoricalParameterRanges"][0]["Values"]) == {
        "gbtree",
        "dart",
    }


def test_attach_takes_up_a_job_that_was_composed(service, session):
    service.add(
        TuningJob("churn").maximize(OBJECTIVE).searching(eta=(0.01, 0.3)).trials(8, parallel=2).completed()
    )

    attached = HyperparameterTuner.attach("churn", sagemaker_session=session)

    assert attached.best_training_job() == service.job("churn").best.name
    assert len(HyperparameterTuningJobAnalytics("churn", sagemaker_session=session).dataframe()) == 8


def test_best_estimator_has_the_best_model(tuner, service):
    tuner.fit({"train": "s3://data/train"}, wait=True)

    best = tuner.best_estimator()

    assert best.model_data.endswith(f"/{tuner.best_training_job()}/output/model.tar.gz")


def test_warm_start_knows_the_best_of_its_parents(tuner, service, clock):
    tuner.fit({"train": "s3://data/train"}, wait=True)
    clock.advance("2m")

    child = tuner.identical_dataset_and_algorithm_tuner()
    # The SDK drops the metric definitions here, which the service needs for an image of one's own.
    child.metric_definitions = tuner.metric_definitions
    child.fit({"train": "s3://data/train"}, wait=True)

    assert "OverallBestTrainingJob" in child.describe()
