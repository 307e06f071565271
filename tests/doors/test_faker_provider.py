"""The Faker provider: values that AWS would accept, same seed same values, nobody else's state touched."""

import json
import os
import random
import re
import subprocess
import sys

import faker
import faker.generator
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from fake_tuning.doors.faker_provider import TuningProvider, private

SEEDS = range(150)

DRAWN = sorted(name for name in vars(TuningProvider) if not name.startswith("_"))
"""What the provider can be asked for."""

SHAPES = {
    "account_id": "AccountId",
    "aws_region": "RegionName",
    "builtin_image_uri": "AlgorithmImage",
    "failure_reason": "FailureReason",
    "image_uri": "AlgorithmImage",
    "instance_type": "TrainingInstanceType",
    "objective_metric": "MetricName",
    "role_arn": "RoleArn",
    "s3_output_path": "S3Uri",
    "s3_uri": "S3Uri",
    "training_job_arn": "TrainingJobArn",
    "training_job_name": "TrainingJobName",
    "tuning_job_arn": "HyperParameterTuningJobArn",
    "tuning_job_name": "HyperParameterTuningJobName",
}
"""The service model's shape of each drawn text."""

EVERYTHING = """
import json
from fake_tuning.doors.faker_provider import TuningProvider, private
provider = private("a seed")
names = sorted(name for name in vars(TuningProvider) if not name.startswith("_"))
print(json.dumps([[getattr(provider, name)() for name in names] for _ in range(20)]))
"""


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


def refusal(shape: Shape, text: str) -> str | None:
    """Say which constraint of its shape a text breaks, or None."""
    limits = shape.metadata
    if not limits.get("min", 0) <= len(text) <= limits.get("max", len(text)):
        return f"{text!r} has {len(text)} characters"
    # Java's classes of all visible characters, which Python's re does not have: the texts here are ASCII.
    pattern = limits.get("pattern", "(?s:.*)").replace(r"\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}", " -~")
    if not re.fullmatch(pattern, text):
        return f"{text!r} does not match {pattern}"
    if text not in limits.get("enum", [text]):
        return f"{text!r} is not in the enum"
    return None


@pytest.mark.parametrize("method", sorted(SHAPES))
def test_a_drawn_text_passes_the_service_model(method: str, model: ServiceModel) -> None:
    shape = model.shape_for(SHAPES[method])
    assert [refusal(shape, getattr(private(seed), method)()) for seed in SEEDS] == [None] * len(SEEDS)


def test_every_drawn_text_is_compared_with_the_model() -> None:
    texts = {name for name in DRAWN if isinstance(getattr(private(0), name)(), str)}
    assert texts == set(SHAPES)


def test_drawn_ranges_pass_the_service_model(model: ServiceModel) -> None:
    shape = model.shape_for("ParameterRanges")
    for seed in SEEDS:
        ranges = private(seed).hyperparameter_ranges()
        assert list(ranges) == [
            "IntegerParameterRanges",
            "ContinuousParameterRanges",
            "CategoricalParameterRanges",
        ]
        for member, entries in ranges.items():
            fields = shape.members[member].member.members
            for entry in entries:
                for field, value in entry.items():
                    texts = value if isinstance(value, list) else [value]
                    text_shape = fields[field].member if isinstance(value, list) else fields[field]
                    assert [refusal(text_shape, text) for text in texts] == [None] * len(texts)
                if "MinValue" in entry:
                    assert float(entry["MinValue"]) < float(entry["MaxValue"])


def test_drawn_static_hyperparameters_pass_the_service_model(model: ServiceModel) -> None:
    shape = model.shape_for("HyperParameters")
    for seed in SEEDS:
        for key, value in private(seed).hyperparameters().items():
            assert refusal(shape.key, key) is None
            assert refusal(shape.value, value) is None


def test_no_hyperparameter_is_both_tuned_and_static() -> None:
    provider = private("both")
    tuned, static = set(), set()
    for _ in SEEDS:
        tuned |= {entry["Name"] for entries in provider.hyperparameter_ranges().values() for entry in entries}
        static |= set(provider.hyperparameters())
    assert tuned & static == set()


def test_an_objective_has_one_direction_which_the_model_knows(model: ServiceModel) -> None:
    drawn = {private(seed).objective() for seed in SEEDS}
    metrics = [metric for metric, _ in drawn]
    directions = {direction for _, direction in drawn}
    assert len(metrics) == len(set(metrics))
    assert directions == set(model.shape_for("HyperParameterTuningJobObjectiveType").enum)
    assert ("validation:auc", "Maximize") in drawn
    assert ("validation:logloss", "Minimize") in drawn


def test_a_failure_reason_names_its_kind_and_is_cut_where_the_service_cuts_it() -> None:
    reasons = {private(seed).failure_reason() for seed in SEEDS}
    assert {reason.partition(": ")[0] for reason in reasons} == {
        "AlgorithmError",
        "CapacityError",
        "ClientError",
        "InternalServerError",
    }
    assert max(map(len, reasons)) == 1024


def test_a_failure_reason_of_a_chosen_kind() -> None:
    assert private(0).failure_reason("InternalServerError") == (
        "InternalServerError: We encountered an internal error. Please try again."
    )


def test_an_unknown_kind_of_failure_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown") as caught:
        private(0).failure_reason("AlgoritmError")
    assert str(caught.value) == (
        "unknown kind of failure 'AlgoritmError': did you mean 'AlgorithmError'? "
        "The choices are AlgorithmError, ClientError, InternalServerError, CapacityError."
    )


def test_an_unknown_builtin_algorithm_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown") as caught:
        private(0).builtin_image_uri("xgbost")
    assert str(caught.value) == (
        "unknown built-in algorithm 'xgbost': did you mean 'xgboost'? "
        "The choices are xgboost, linear-learner, kmeans, factorization-machines."
    )


def test_a_region_without_builtin_algorithms_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown") as caught:
        private(0).builtin_image_uri(region="us-east-7")
    assert str(caught.value).startswith("unknown region 'us-east-7': did you mean 'us-east-")


def test_what_is_given_is_not_drawn() -> None:
    provider = private("given")
    place = {"region": "eu-west-1", "account": "999999999999"}
    assert (
        provider.tuning_job_arn("mine", **place)
        == "arn:aws:sagemaker:eu-west-1:999999999999:hyper-parameter-tuning-job/mine"
    )
    assert (
        provider.training_job_arn("child", **place)
        == "arn:aws:sagemaker:eu-west-1:999999999999:training-job/child"
    )
    assert provider.role_arn(account="999999999999").startswith("arn:aws:iam::999999999999:role/")
    assert provider.image_uri(**place).startswith("999999999999.dkr.ecr.eu-west-1.amazonaws.com/")
    assert re.fullmatch(r"mine-007-[0-9a-f]{8}", provider.training_job_name("mine", 7))
    assert re.fullmatch(
        r"438346466558\.dkr\.ecr\.eu-west-1\.amazonaws\.com/kmeans:1",
        provider.builtin_image_uri("kmeans", region="eu-west-1"),
    )


def test_a_trial_of_the_longest_tuning_job_name_still_has_a_legal_name(model: ServiceModel) -> None:
    longest = "a" * model.shape_for("HyperParameterTuningJobName").metadata["max"]
    name = private(0).training_job_name(longest, 10_000)
    assert refusal(model.shape_for("TrainingJobName"), name) is None


def test_the_same_seed_draws_these_very_values() -> None:
    # On every Python and with every Faker: a seed in somebody's test must mean the same tomorrow.
    provider = private("xgb")
    assert provider.tuning_job_name() == "pricing-tabnet-10fac9bf"
    assert (
        provider.role_arn()
        == "arn:aws:iam::444455556666:role/service-role/AmazonSageMaker-ExecutionRole-32919e14"
    )
    assert provider.s3_uri() == "s3://sagemaker-us-east-2-111122223333/demand/train"
    assert provider.objective() == ("validation:f1", "Maximize")
    assert provider.hyperparameter_ranges() == {
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "10"}],
        "ContinuousParameterRanges": [
            {"Name": "colsample_bytree", "MinValue": "0.5", "MaxValue": "1.0"},
            {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"},
        ],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
    }


def test_another_seed_draws_other_names() -> None:
    assert len({private(seed).tuning_job_name() for seed in SEEDS}) == len(SEEDS)


def drawn_elsewhere(*, hash_seed: str, shared_seed: int) -> str:
    """Return what another process draws, in which others have seeded the states that everybody shares."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    program = (
        f"import faker, random\nfaker.Faker.seed({shared_seed})\nrandom.seed({shared_seed})\n{EVERYTHING}"
    )
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_another_process_with_another_hash_seed_and_other_shared_states_draws_the_same() -> None:
    first = drawn_elsewhere(hash_seed="1", shared_seed=1)
    assert len(json.loads(first)) == 20
    assert drawn_elsewhere(hash_seed="2", shared_seed=2) == first


def test_a_private_provider_leaves_shared_random_states_alone() -> None:
    before = random.getstate(), faker.generator.random.getstate()
    for name in DRAWN:
        getattr(private("quiet"), name)()
    assert (random.getstate(), faker.generator.random.getstate()) == before


def test_two_private_providers_do_not_share_their_state() -> None:
    expected = private("one").tuning_job_name()
    one, two = private("one"), private("two")
    two.tuning_job_name()
    assert one.tuning_job_name() == expected


def test_a_whole_faker_takes_the_provider_and_its_own_seed() -> None:
    fake = faker.Faker()
    fake.add_provider(TuningProvider)
    fake.seed_instance("whole")
    first = [fake.tuning_job_name(), fake.name()]
    fake.seed_instance("whole")
    assert [fake.tuning_job_name(), fake.name()] == first


@pytest.mark.parametrize("locale", ["en_US", "es_ES", "es_CL", "uk_UA"])
def test_the_provider_hides_no_method_of_a_whole_faker(locale: str) -> None:
    # These locales have a `region` of their own, which is why the provider says `aws_region`.
    assert [name for name in DRAWN if hasattr(faker.Faker(locale), name)] == []
