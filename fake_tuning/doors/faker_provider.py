"""Believable SageMaker values from Faker: names, ARNs, images, URIs, objectives, hyperparameters, failures.

This is the only module that imports Faker. Users add the provider to their own Faker; the builder takes what its
user left out from `private`, which shares no state with any other generator.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from faker import Generator
from faker.providers import BaseProvider

from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place
from fake_tuning.domain.vocabulary.failure_texts import CAPACITY_ERROR, INTERNAL_ERROR, LONGEST_REASON
from fake_tuning.domain.vocabulary.ranges import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    Range,
    ranges_to_aws,
)
from fake_tuning.domain.vocabulary.suggestions import choices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
Direction: TypeAlias = Literal["Maximize", "Minimize"]

_ACCOUNTS = ("111122223333", "123456789012", "444455556666", "777788889999")
"""Accounts that AWS's documentation uses as examples. None belongs to a customer."""

_XGBOOST = MappingProxyType(
    {
        "us-east-1": "683313688378",
        "us-east-2": "257758044811",
        "us-west-2": "246618743249",
        "eu-west-1": "141502667606",
        "eu-central-1": "492215442770",
        "ap-northeast-1": "354813040037",
        "ap-southeast-2": "783357654285",
    }
)
_FIRST_PARTY = MappingProxyType(
    {
        "us-east-1": "382416733822",
        "us-east-2": "404615174143",
        "us-west-2": "174872318107",
        "eu-west-1": "438346466558",
        "eu-central-1": "664544806723",
        "ap-northeast-1": "351501993468",
        "ap-southeast-2": "712309505854",
    }
)
_BUILTIN: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = MappingProxyType(
    {
        "xgboost": (
            ("sagemaker-xgboost:1.3-1", "sagemaker-xgboost:1.5-1", "sagemaker-xgboost:1.7-1"),
            _XGBOOST,
        ),
        "linear-learner": (("linear-learner:1",), _FIRST_PARTY),
        "kmeans": (("kmeans:1",), _FIRST_PARTY),
        "factorization-machines": (("factorization-machines:1",), _FIRST_PARTY),
    }
)
"""Built-in algorithms: their images, and the registry account of each region (from the SageMaker SDK)."""

_PROJECTS = (
    "churn",
    "clicks",
    "credit",
    "demand",
    "fraud",
    "pricing",
    "ranking",
    "returns",
    "spam",
    "uplift",
)
_MODELS = ("bert", "catboost", "keras", "lightgbm", "mlp", "resnet", "tabnet", "xgboost")
_INSTANCES = (
    "ml.c5.xlarge",
    "ml.c5.2xlarge",
    "ml.g4dn.xlarge",
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.m5.4xlarge",
)

_OBJECTIVES: Mapping[str, Direction] = MappingProxyType(
    {
        "validation:accuracy": "Maximize",
        "validation:auc": "Maximize",
        "validation:f1": "Maximize",
        "validation:error": "Minimize",
        "validation:logloss": "Minimize",
    }
)
"""Metrics that the built-in XGBoost emits for a binary classifier, with their directions (documented)."""

_INTEGERS = (IntegerRange("max_depth", 3, 10), IntegerRange("min_child_weight", 1, 120))
_CONTINUOUS = (
    ContinuousRange("alpha", 0.01, 1000.0, "Logarithmic"),
    ContinuousRange("colsample_bytree", 0.5, 1.0),
    ContinuousRange("eta", 0.1, 0.5),
    ContinuousRange("gamma", 0.0, 5.0),
    ContinuousRange("subsample", 0.5, 1.0),
)
_CATEGORICAL = (
    CategoricalRange("booster", ("gbtree", "dart")),
    CategoricalRange("grow_policy", ("depthwise", "lossguide")),
)

_TRACEBACK = "".join(
    f'  File "train.py", line {line}, in <module>\n    trainer.step()\n' for line in range(210, 240)
)
_SCRIPT_ERROR = 'ExecuteUserScriptError:\nCommand "/opt/conda/bin/python3.6 train.py"\n'
_FAILURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AlgorithmError": (
            "Algorithm job failed, exit code: 1",
            f"{_SCRIPT_ERROR}MemoryError, exit code: 137",
            f"{_SCRIPT_ERROR}{_TRACEBACK}",
        ),
        "ClientError": (
            "Unable to read input data. (caused by MXNetError)",
            "No value(s) were specified for 'mini_batch_size' which are required hyperparameter(s)",
        ),
        "InternalServerError": (INTERNAL_ERROR.removeprefix("InternalServerError: "),),
        "CapacityError": (CAPACITY_ERROR.removeprefix("CapacityError: "),),
    }
)
"""Failure reasons of training jobs, by kind: the beginnings are recorded, what a script says is invented."""


class TuningProvider(BaseProvider):
    """A Faker provider for SageMaker tuning jobs: ``fake.add_provider(TuningProvider)``.

    Every value passes the constraints of the service model. No value depends on the date, and all are drawn from
    the generator that the provider belongs to: the same seed gives the same values.
    """

    def account_id(self) -> str:
        """Return one of the account numbers that AWS's documentation uses as examples."""
        return self._one_of(_ACCOUNTS)

    def aws_region(self) -> str:
        """Return a region that has built-in algorithms (``region`` is a Faker method of some locales)."""
        return self._one_of(tuple(_XGBOOST))

    def tuning_job_name(self) -> str:
        """Return a name for a tuning job, such as ``"churn-xgboost-3f2a91bc"``: at most 32 characters."""
        return f"{self._one_of(_PROJECTS)}-{self._one_of(_MODELS)}-{self._hex()}"

    def training_job_name(self, tuning_job_name: str | None = None, number: int | None = None) -> str:
        """Return a name for a training job, in the form of those that a tuning job launches (recorded).

        Args:
            tuning_job_name: the tuning job; drawn when left out.
            number: its place in the order of launches, from 1; drawn when left out.
        """
        parent = self.tuning_job_name() if tuning_job_name is None else tuning_job_name
        place = self.generator.random.randint(1, 50) if number is None else number
        return f"{parent}-{place:03d}-{self._hex()}"

    def tuning_job_arn(
        self, name: str | None = None, *, region: str | None = None, account: str | None = None
    ) -> str:
        """Return the ARN of a tuning job; what is left out is drawn."""
        job = self.tuning_job_name() if name is None else name
        return self._place(region, account).arn(TUNING_JOB, job)

    def training_job_arn(
        self, name: str | None = None, *, region: str | None = None, account: str | None = None
    ) -> str:
        """Return the ARN of a training job; what is left out is drawn."""
        job = self.training_job_name() if name is None else name
        return self._place(region, account).arn(TRAINING_JOB, job)

    def role_arn(self, *, account: str | None = None) -> str:
        """Return the ARN of an execution role, with a name like those that the console makes (recorded)."""
        owner = self.account_id() if account is None else account
        return f"arn:aws:iam::{owner}:role/service-role/AmazonSageMaker-ExecutionRole-{self._hex()}"

    def image_uri(self, *, region: str | None = None, account: str | None = None) -> str:
        """Return the URI of a custom training image, in the private registry of an account."""
        place = self.aws_region() if region is None else region
        owner = self.account_id() if account is None else account
        repository = f"{self._one_of(_PROJECTS)}-training"
        return f"{owner}.dkr.ecr.{place}.amazonaws.com/{repository}:{self._hex()}"

    def builtin_image_uri(self, algorithm: str = "xgboost", *, region: str | None = None) -> str:
        """Return the URI of a built-in algorithm's image.

        Args:
            algorithm: ``"xgboost"``, ``"linear-learner"``, ``"kmeans"`` or ``"factorization-machines"``.
            region: one that `aws_region` may return; drawn when left out.

        Raises:
            ValueError: the algorithm or the region is unknown.
        """
        images, registries = _known("built-in algorithm", algorithm, _BUILTIN)
        place = self.aws_region() if region is None else region
        registry = _known("region", place, registries)
        return f"{registry}.dkr.ecr.{place}.amazonaws.com/{self._one_of(images)}"

    def s3_uri(self) -> str:
        """Return the URI of training data, in a bucket named like the SageMaker SDK's default bucket."""
        return f"{self._s3_project()}/{self._one_of(('train', 'training', 'input/train'))}"

    def s3_output_path(self) -> str:
        """Return the URI under which a job writes its models."""
        return f"{self._s3_project()}/{self._one_of(('models', 'output', 'tuning/output'))}"

    def instance_type(self) -> str:
        """Return an instance type for training."""
        return self._one_of(_INSTANCES)

    def objective(self) -> tuple[str, Direction]:
        """Return an objective metric of XGBoost and its direction: ``("validation:auc", "Maximize")``."""
        return self._one_of(tuple(_OBJECTIVES.items()))

    def objective_metric(self) -> str:
        """Return the name of an objective metric (`objective` returns its direction too)."""
        return self.objective()[0]

    def hyperparameter_ranges(self) -> dict[str, Any]:
        """Return the ``ParameterRanges`` of a request for XGBoost, with at least one range of each type.

        Two of them are continuous, so that there are combinations enough for any number of training jobs.
        """
        ranges: list[Range] = [
            self._one_of(_INTEGERS),
            *sorted(self.generator.random.sample(_CONTINUOUS, 2), key=lambda each: each.name),
            self._one_of(_CATEGORICAL),
        ]
        return ranges_to_aws(ranges)

    def hyperparameters(self) -> dict[str, str]:
        """Return static hyperparameters for XGBoost, none of which `hyperparameter_ranges` tunes."""
        return {
            "num_round": str(self.generator.random.randrange(50, 501, 50)),
            "objective": "binary:logistic",
            "tree_method": "hist",
        }

    def failure_reason(self, kind: str | None = None) -> str:
        """Return why a training job failed, as ``"Kind: text"`` of at most 1,024 characters.

        Args:
            kind: ``"AlgorithmError"``, ``"ClientError"``, ``"InternalServerError"`` or ``"CapacityError"``;
                drawn when left out.

        Raises:
            ValueError: the kind is unknown.
        """
        drawn = self._one_of(tuple(_FAILURES)) if kind is None else kind
        texts = _known("kind of failure", drawn, _FAILURES)
        return f"{drawn}: {self._one_of(texts)}"[:LONGEST_REASON]

    def _one_of(self, values: Sequence[T]) -> T:
        # Not Faker's random_element: a seed's values stay what they are when Faker changes how it draws.
        drawn: T = self.generator.random.choice(values)
        return drawn

    def _hex(self) -> str:
        return f"{self.generator.random.getrandbits(32):08x}"

    def _place(self, region: str | None, account: str | None) -> Place:
        drawn = self.aws_region() if region is None else region
        return Place(drawn, self.account_id() if account is None else account)

    def _s3_project(self) -> str:
        return f"s3://sagemaker-{self.aws_region()}-{self.account_id()}/{self._one_of(_PROJECTS)}"


def _known(what: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise ValueError(choices(what, name, known))
    return known[name]


def private(seed: str | int) -> TuningProvider:
    """Return a provider with a random state of its own.

    It neither reads nor changes the state that Faker shares, or that of the ``random`` module. A whole ``Faker()``
    would load every standard provider, which takes tens of milliseconds; this takes less than one.

    Args:
        seed: the same seed gives the same values, in any process.
    """
    return TuningProvider(Generator().seed_instance(seed))
