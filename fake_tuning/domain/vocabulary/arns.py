"""Where a resource is, and what its ARN says of it."""

from __future__ import annotations

from dataclasses import dataclass

TUNING_JOB = "hyper-parameter-tuning-job"
"""The kind of resource that an ARN of a tuning job names."""

TRAINING_JOB = "training-job"
"""The kind of resource that an ARN of a training job names."""


def account_of(arn: str) -> str | None:
    """Return the account that an ARN names, or None when the text is no ARN."""
    parts = arn.split(":", 5)
    return parts[4] if parts[0] == "arn" and len(parts) == 6 else None


@dataclass(frozen=True, slots=True)
class Place:
    """The region and the account that a job is in."""

    region: str
    account: str

    @property
    def partition(self) -> str:
        """The partition of the region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
        for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
            if self.region.startswith(prefix):
                return partition
        return "aws"

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a resource of this kind, such as ``"training-job"``."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    def algorithm_arn(self, name: str) -> str:
        """Return the ARN of an algorithm that a request names, by its ARN or, if it is the account's own, without."""
        return name if name.startswith("arn:") else self.arn("algorithm", name)
