"""The command that holds recorded answers against the fake: ``python -m fake_tuning conform``."""

from __future__ import annotations

import base64
import copy
import errno
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning import TuningJob
from fake_tuning.__main__ import main
from fake_tuning.doors.conform.folder import read_folder
from fake_tuning.doors.conform.known_differences import KNOWN
from fake_tuning.doors.conform.verdicts import verdicts
from support.cassettes import cassette, interaction, on_the_wire, placebo, plain, refusal, write
from support.requests import request, training
from support.shared_files import shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.hand_clock import HandClock

ROOT = Path(__file__).parents[2]
NOTHING = "no difference that is not known"
SIGNS = (
    "- only AWS's answer has the member, + only that of fake_tuning has it, ~ both have it, and they differ"
)
TUNING, TRAINING = "DescribeHyperParameterTuningJob", "DescribeTrainingJob"


class Outcome:
    """What the command printed, and the exit status."""

    def __init__(self, status: int, out: str, error: str) -> None:
        self.status, self.out, self.error = status, out, error

    @property
    def told(self) -> list[str]:
        """The lines below those that count and that name known differences."""
        lines = self.out.partition("\n\n")[2].splitlines()
        return [each for each in lines if each and not each.startswith(("known: ", "signs: "))]

    @property
    def counted(self) -> list[str]:
        """The lines that count what was found."""
        return self.out.partition("\n\n")[0].splitlines()[1:]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Carries out ``python -m fake_tuning`` with arguments."""

    def shell(*arguments: Any) -> Outcome:
        capsys.readouterr()
        try:
            status: Any = main([str(each) for each in arguments])
        except SystemExit as ended:
            status = ended.code
        return Outcome(status, *capsys.readouterr())

    return shell


@pytest.fixture
def conform(shell: Callable[..., Outcome], tmp_path: Path) -> Callable[..., Outcome]:
    """Carries out the command on the test's own folder."""
    return lambda *options: shell("conform", tmp_path / "recorded", *options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the command is asked about."""
    (tmp_path / "recorded").mkdir()
    return tmp_path / "recorded"


# Recordings of the real service.


@pytest.mark.slow
def test_no_recorded_answer_differs_but_for_what_is_known() -> None:
    folder = shared("recorded")
    command = [sys.executable, "-m", "fake_tuning", "conform", str(folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    assert lines[-1] == NOTHING
    files = len(list(folder.glob("*.json")))
    assert lines[1].startswith(f"{files} answers in {files} files: ")
    assert re.search("^known: .*: ", ran.stdout, re.MULTILINE)
    assert ran.returncode == 0


def test_each_difference_that_is_known_was_met_by_a_recording() -> None:
    found = read_folder(shared("recorded"))
    met = {
        (exchange.operation, finding.reason)
        for verdict in verdicts(found.exchanges)
        for exchange, finding in ((verdict.exchange, each) for each in verdict.findings)
    }
    assert [each for each in KNOWN if (each.operation, each.reason) not in met] == []


# Answers of ours, in every form: none of them differs.

JOBS: dict[str, TuningJob] = {
    **{job.status: job for job in TuningJob.every_status()},
    "mixed": TuningJob("mixed")
    .trials(6, parallel=3)
    .in_progress(completed=2, running=1, failed=1, stopped=1),
    "several": TuningJob("several").defining("deep", searching={"eta": (0.1, 0.3)}).completed(),
    "warm": TuningJob("child").warm_started_from(TuningJob("parent").completed()),
    "limited": TuningJob("limited").configured(
        ResourceLimits={
            "MaxNumberOfTrainingJobs": 40,
            "MaxParallelTrainingJobs": 3,
            "MaxRuntimeInSeconds": 900,
        }
    ),
}


@pytest.mark.parametrize("write_answer", [plain, placebo])
@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_what_we_answer_of_a_job_is_what_we_answer(
    conform: Callable[..., Outcome], folder: Path, job: TuningJob, write_answer: Callable[..., None]
) -> None:
    # placebo's times are read as UTC.
    answer = job.describe()
    write_answer(folder / f"sagemaker.{TUNING}_1.json", answer)
    numbers = range(1, 1 + len(job.list_trials()))
    trials = [job.describe_trial(number) for number in numbers]
    trials = [each for each in trials if each["TrainingJobStatus"] != "Deleting"]
    for number, each in enumerate(trials, 1):
        write_answer(folder / f"sagemaker.{TRAINING}_{number}.json", each)
    found = conform()
    assert (found.told, found.status) == ([NOTHING], 0)
    assert found.counted[0].startswith(f"{len(trials) + 1} answer")


@pytest.mark.parametrize(
    ("account", "written"), [("XXXXXXXXXXXX", "eu-west-1"), ("<account>", "<region>"), ("1234", "eu-west-1")]
)
def test_accounts_and_regions_may_have_been_replaced_by_anything(
    conform: Callable[..., Outcome], folder: Path, account: str, written: str
) -> None:
    job = TuningJob("xgb").located(region="eu-west-1", account="999988887777").completed()
    plain(folder / "a.json", job.describe())
    plain(folder / "b.json", job.describe_trial(1))
    for path in folder.iterdir():
        text = path.read_text().replace("999988887777", account)
        path.write_text(text.replace(":eu-west-1:", f":{written}:"))
    found = conform()
    assert (found.told, found.status) == ([NOTHING], 0)


def test_ended_jobs_conform_long_after(conform: Callable[..., Outcome], folder: Path) -> None:
    for name, job in JOBS.items():
        if name not in ("Deleting", "DeleteFailed"):
            plain(folder / f"{name}.json", job.describe(at="30h"))
    found = conform()
    assert (found.told, found.status) == ([NOTHING], 0)


_SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600},
}
_FEW = TuningJob("few").maximize("auc").trials(4, parallel=2)
COURSES: dict[str, TuningJob] = {
    "limits": _FEW.each("30m").defined(StoppingCondition={"MaxRuntimeInSeconds": 600}),
    "endless": _FEW.trial(1).never_ends().defined(StoppingCondition={"MaxRuntimeInSeconds": 600}),
    "interrupted": _FEW.defined(**_SPOT).trial(1).is_interrupted(2),
    "waited": _FEW.defined(**_SPOT).each("50m").trial(1).is_interrupted(5),
    "restarted": _FEW.defined(RetryStrategy={"MaximumRetryAttempts": 3})
    .trial(1)
    .hits_internal_errors(2)
    .trial(2)
    .hits_internal_errors(9),
    "failing": _FEW.trial(1)
    .fails("AlgorithmError: no luck")
    .trial(2)
    .lacks_capacity()
    .trial(3)
    .stops()
    .trial(4)
    .emits_no_metric(),
}


@pytest.mark.slow
@pytest.mark.parametrize("job", COURSES.values(), ids=COURSES)
def test_jobs_conform_at_every_age_whatever_happens_to_them(
    conform: Callable[..., Outcome], folder: Path, job: TuningJob
) -> None:
    for age in ("1s", "9s", "15s", "2m", "5m", "12m", "20m", "1h", "2h", "20h"):
        plain(folder / f"{age}.json", job.describe(at=age))
        entries = job.list_trials_response(at=age)["TrainingJobSummaries"]
        plain(
            folder / f"ListTrainingJobsForHyperParameterTuningJob_{age}.json",
            {"TrainingJobSummaries": entries},
        )
        for number in range(1, 1 + len(entries)):
            plain(folder / age / f"{number}.json", job.describe_trial(number, at=age))
    found = conform()
    assert (found.told, found.status) == ([NOTHING], 0)


def exchanges(client: Any, clock: HandClock) -> list[dict[str, Any]]:
    """A conversation with the fake, as a cassette of it has it."""
    said: list[dict[str, Any]] = []

    def ask(operation: str, **asked: Any) -> dict[str, Any]:
        method = re.sub("(?<!^)([A-Z])", r"_\1", operation).lower()
        answer: dict[str, Any] = getattr(client, method)(**asked)
        del answer["ResponseMetadata"]
        said.append(interaction(operation, asked, answer))
        return answer

    tags = [{"Key": "team", "Value": "search"}]
    arn = ask("CreateHyperParameterTuningJob", **request("xgb"), Tags=tags)["HyperParameterTuningJobArn"]
    ask("CreateTrainingJob", **training())
    ask("ListTags", ResourceArn=arn)
    ask("AddTags", ResourceArn=arn, Tags=[{"Key": "cost", "Value": "7"}])
    ask("DeleteTags", ResourceArn=arn, TagKeys=["team"])
    for _ in range(6):
        ask(TUNING, HyperParameterTuningJobName="xgb")
        ask(TRAINING, TrainingJobName="final")
        ask(
            "ListHyperParameterTuningJobs", NameContains="x", CreationTimeAfter=clock.now().replace(year=2020)
        )
        ask("ListTrainingJobsForHyperParameterTuningJob", HyperParameterTuningJobName="xgb")
        ask("ListTrainingJobs", StatusEquals="InProgress")
        clock.advance("1m")
    ask("StopHyperParameterTuningJob", HyperParameterTuningJobName="xgb")
    ask(TUNING, HyperParameterTuningJobName="xgb")
    ask("ListTrainingJobsForHyperParameterTuningJob", HyperParameterTuningJobName="xgb")
    clock.advance("1h")
    for resource in ("HyperParameterTuningJob", "TrainingJob"):
        ask("Search", Resource=resource)
    ask("DeleteTrainingJob", TrainingJobName="final")
    ask("DeleteHyperParameterTuningJob", HyperParameterTuningJobName="xgb")
    ask(TUNING, HyperParameterTuningJobName="xgb")
    return said


@pytest.mark.parametrize("name", ["talk.yaml", "talk.yml", "talk.json"])
def test_a_whole_conversation_conforms(
    conform: Callable[..., Outcome], folder: Path, client: Any, clock: HandClock, name: str
) -> None:
    said = exchanges(client, clock)
    cassette(folder / "vcr" / name, *said)
    found = conform()
    assert (found.told, found.status) == ([NOTHING], 0)
    assert found.counted[0].startswith(f"{len(said)} answers in 1 file: ")
    assert "known:" not in found.out


# What differs.


def described(**members: Any) -> dict[str, Any]:
    """The description of a trial that has ended, with other members; without those that are None."""
    answer = {**TuningJob("xgb").completed().describe_trial(1), **members}
    return {name: each for name, each in answer.items() if each is not None}


def test_members_that_differ_are_told_one_by_one(conform: Callable[..., Outcome], folder: Path) -> None:
    answer = described(BillableTimeInSeconds=None, EnableNetworkIsolation="no", Until="2030")
    placebo(folder / f"sagemaker.{TRAINING}_1.json", answer)
    answer = TuningJob("xgb").completed().describe()
    answer["TrainingJobDefinition"]["InputDataConfig"][0]["Hurry"] = {"Level": 3}
    answer["TrainingJobStatusCounters"]["Paused"] = 0
    plain(folder / "b" / "tuned.json", answer)
    found = conform()
    assert found.told == [
        "b/tuned.json: DescribeHyperParameterTuningJob",
        "  created anew: -TrainingJobDefinition.InputDataConfig[].Hurry: AWS {'Level': 3}",
        "  created anew: -TrainingJobStatusCounters.Paused: AWS 0",
        "sagemaker.DescribeTrainingJob_1.json: DescribeTrainingJob",
        "  not readable: the response cannot be read: Cannot read the value at 'enableNetworkIsolation': expected a "
        "boolean, found 'no' (str)",
        "2 differences not known, 1 answer not readable",
    ]
    assert found.status == 1


def test_defaults_of_a_job_that_is_created_anew_are_told(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    plain(folder / "a.json", described(StoppingCondition=None))
    plain(folder / "b.json", described(EnableNetworkIsolation=None, NewDefault="On"))
    answer = described()
    answer["ResourceConfig"]["VolumeSizeInGB"] = "30"
    answer["OutputDataConfig"]["CompressionType"] = "ZIP"
    found = conform()
    assert found.told == [
        "a.json: DescribeTrainingJob",
        "  model: +StoppingCondition: fake_tuning 'a value, for the model requires one'",
        "  created anew: ~accepted: AWS 'accepted', fake_tuning 'refused: ParamValidationError: Parameter validation "
        'failed:\\nMissing required parameter in TrainingJobDefinition: "StoppingCondition"\'',
        "b.json: DescribeTrainingJob",
        "  created anew: -NewDefault: AWS 'On'",
        "  created anew: +EnableNetworkIsolation: fake_tuning False",
        "4 differences not known",
    ]


def test_entries_of_lists_that_differ_are_told(
    conform: Callable[..., Outcome], folder: Path, client: Any
) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    tuned = client.list_hyper_parameter_tuning_jobs()
    tuned["HyperParameterTuningJobSummaries"][0]["Priority"] = "high"
    plain(folder / "ListHyperParameterTuningJobs_1.json", tuned)
    client.create_training_job(**training())
    listed = client.list_training_jobs()
    del listed["TrainingJobSummaries"][0]["LastModifiedTime"]
    plain(folder / "ListTrainingJobs_1.json", listed)
    trials = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert trials["TrainingJobSummaries"] == []
    named = "ListTrainingJobsForHyperParameterTuningJob"
    trial = TuningJob("xgb").completed().list_trials()[0]
    del trial["ObjectiveStatus"]
    plain(folder / f"{named}_1.json", {"TrainingJobSummaries": [trial], "Total": 1})
    plain(folder / "ListTags_1.json", {"Tags": [{"Key": "team", "Value": "search", "Inherited": True}]})
    found = conform()
    assert found.told == [
        "ListHyperParameterTuningJobs_1.json: ListHyperParameterTuningJobs",
        "  listed: -HyperParameterTuningJobSummaries[0].Priority: AWS 'high'",
        "ListTags_1.json: ListTags",
        "  members: -Tags[0].Inherited: AWS True",
        "  tags: ~accepted: AWS 'accepted', fake_tuning 'refused: ParamValidationError: Parameter validation failed:\\n"
        'Unknown parameter in Tags[0]: "Inherited", must be one of: Key, Value\'',
        "ListTrainingJobsForHyperParameterTuningJob_1.json: ListTrainingJobsForHyperParameterTuningJob",
        "  members: -Total: AWS 1",
        "  listed: +TrainingJobSummaries[].ObjectiveStatus: fake_tuning 'Succeeded'",
        "ListTrainingJobs_1.json: ListTrainingJobs",
        "  listed: +TrainingJobSummaries[0].LastModifiedTime: fake_tuning '2026-01-31 12:00:00+00:00'",
        "6 differences not known",
    ]


def test_tags_that_aws_sets_itself_are_no_matter(conform: Callable[..., Outcome], folder: Path) -> None:
    tags = [{"Key": "aws:cloudformation:stack", "Value": "s"}, {"Key": "team", "Value": "search"}]
    plain(folder / "ListTags_1.json", {"Tags": tags})
    assert conform().told == [NOTHING]


# Requests.

CREATE = "CreateHyperParameterTuningJob"
ARN = "arn:aws:sagemaker:eu-west-1:999988887777:hyper-parameter-tuning-job/xgb"


def test_a_request_that_aws_accepted_and_we_refuse_is_told(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    asked = request("xgb", trials=4)
    asked["TrainingJobDefinition"]["StaticHyperParameters"]["eta"] = "0.3"
    cassette(folder / "a.yaml", interaction(CREATE, asked, {"HyperParameterTuningJobArn": ARN}))
    found = conform()
    assert found.told == [
        "a.yaml#1: CreateHyperParameterTuningJob",
        "  request accepted: ~accepted: AWS 'accepted', fake_tuning 'refused: ValidationException: Hyperparameter eta "
        "cannot be both tuned and static.'",
        "1 difference not known",
    ]
    assert found.status == 1


UNKNOWN = "Amazon SageMaker can't find a tuning job called xgb. Type another name."
OVER = "The request was rejected because the training job is in status Completed."
EXISTS = "A hyperparameter tuning job with the name, xgb, already exists. Choose a different name."
BOTH = (
    "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request without "
    "specifying metric definitions."
)


def builtin() -> dict[str, Any]:
    asked = copy.deepcopy(request("xgb"))
    image = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
    asked["TrainingJobDefinition"]["AlgorithmSpecification"]["TrainingImage"] = image
    return asked


REFUSED = {
    "unknown": (TUNING, {"HyperParameterTuningJobName": "xgb"}, "ResourceNotFound", UNKNOWN),
    "exists": (CREATE, request("xgb"), "ResourceInUse", EXISTS),
    "over": ("StopTrainingJob", {"TrainingJobName": "final"}, "ValidationException", OVER),
    "rule": (CREATE, builtin(), "ValidationException", BOTH),
    "model": (
        "StopTrainingJob",
        {"TrainingJobName": "under_score"},
        "ValidationException",
        "1 validation error detected: Value 'under_score' at 'trainingJobName' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    ),
    "tags": (
        "ListTags",
        {"ResourceArn": ARN.replace("xgb", "gone")},
        "ValidationException",
        "Resource does not exist.",
    ),
}


@pytest.mark.parametrize(("operation", "asked", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_aws_refused_is_refused_with_the_same_words(
    conform: Callable[..., Outcome],
    folder: Path,
    operation: str,
    asked: dict[str, Any],
    code: str,
    message: str,
) -> None:
    cassette(folder / "a.json", refusal(operation, asked, f"com.amazonaws.sagemaker#{code}", message))
    assert conform().told == [NOTHING]


def test_another_code_or_text_is_told_and_so_is_what_we_accept(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    named = {"TrainingJobName": "final"}
    cassette(
        folder / "a.json",
        refusal("StopTrainingJob", named, "ResourceNotFound", "Gone."),
        refusal("StopTrainingJob", named, "ValidationException", "Not on Sundays."),
        refusal(CREATE, request("xgb"), "ResourceLimitExceeded", "The account-level service limit ..."),
        refusal("StopTrainingJob", named, "ThrottlingException", "Rate exceeded"),
    )
    found = conform()
    assert found.counted == [
        "4 answers in 1 file: 3 StopTrainingJob, 1 CreateHyperParameterTuningJob",
        "not compared: 2 refusals that the account or the moment caused",
    ]
    assert found.told == [
        "a.json#1: StopTrainingJob",
        "  request refused: ~code: AWS 'ResourceNotFound', fake_tuning 'ValidationException'",
        "  request refused: ~message: AWS 'Gone.', fake_tuning 'Requested resource not found.'",
        "a.json#2: StopTrainingJob",
        "  request refused: ~refused: AWS 'ValidationException: Not on Sundays.', fake_tuning 'accepted'",
        "3 differences not known",
    ]


def test_the_text_of_a_refusal_whose_request_is_unknown_is_looked_for(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    for number, message in enumerate((UNKNOWN, "Not on Sundays."), 1):
        error = {"Error": {"Code": "ValidationException", "Message": message}, "Message": message}
        placebo(folder / f"sagemaker.{TUNING}_{number}.json", error, 400)
    assert conform().told == [
        "sagemaker.DescribeHyperParameterTuningJob_2.json: DescribeHyperParameterTuningJob",
        "  request refused: -message: AWS 'ValidationException: Not on Sundays.'",
        "1 difference not known",
    ]


def test_a_job_is_created_anew_by_the_request_that_its_cassette_holds(
    conform: Callable[..., Outcome], folder: Path, client: Any, clock: HandClock
) -> None:
    asked = request("xgb")
    arn = client.create_hyper_parameter_tuning_job(**asked)["HyperParameterTuningJobArn"]
    answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    del answer["ResponseMetadata"]
    created = interaction(CREATE, asked, {"HyperParameterTuningJobArn": arn})
    describe = interaction(TUNING, {"HyperParameterTuningJobName": "xgb"}, answer)
    cassette(folder / "a.json", created, describe)
    assert conform().told == [NOTHING]
    created["request"]["body"] = created["request"]["body"].replace('"Random"', '"Bayesian"')
    cassette(folder / "a.json", created, describe)
    assert conform().told == [
        "a.json#2: DescribeHyperParameterTuningJob",
        "  created anew: ~HyperParameterTuningJobConfig.Strategy: AWS 'Random', fake_tuning 'Bayesian'",
        "1 difference not known",
    ]


# The forms of files.

STOP = {"TrainingJobName": "final"}
SENT = on_the_wire(described())


@pytest.mark.parametrize(
    "body",
    [
        SENT,
        {"string": SENT},
        {"base64_string": base64.b64encode(SENT.encode()).decode()},
        {"encoding": "utf-8", "base64_string": base64.encodebytes(SENT.encode()).decode()},
        {"string": base64.b64encode(gzip.compress(SENT.encode())).decode()},
    ],
    ids=["text", "string", "base64", "lines", "gzip"],
)
@pytest.mark.parametrize("status", [{"code": 200, "message": "OK"}, "200 OK", 200])
def test_bodies_are_read_in_every_form(
    conform: Callable[..., Outcome], folder: Path, body: Any, status: Any
) -> None:
    told = interaction(TRAINING, {"TrainingJobName": described()["TrainingJobName"]}, {})
    told["response"] |= {"body": body, "status": status, "headers": {"content-encoding": "gzip"}}
    told["request"]["body"] = {"string": told["request"]["body"]}
    cassette(folder / "a.json", told)
    assert conform().told == [NOTHING]


def test_bytes_and_texts_of_old_cassettes_are_read(conform: Callable[..., Outcome], folder: Path) -> None:
    told = interaction(TRAINING, {"TrainingJobName": described()["TrainingJobName"]}, {})
    told["response"]["body"] = {"string": gzip.compress(SENT.encode())}
    told["request"]["headers"] = {"X-AMZ-TARGET": [b"SageMaker.DescribeTrainingJob"]}
    cassette(folder / "a.yaml", told)
    text = (folder / "a.yaml").read_text()
    assert "!!binary" in text
    write(folder / "a.yaml", text.replace("method: POST", "method: !!python/unicode 'POST'"))
    assert conform().told == [NOTHING]


def test_without_headers_the_operation_follows_from_the_members(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    name = described()["TrainingJobName"]
    told = [
        interaction(TRAINING, {"TrainingJobName": name}, described()),
        interaction("StopTrainingJob", STOP, {}),
    ]
    for each in told:
        del each["request"]["headers"]
    cassette(folder / "a.json", *told)
    found = conform()
    assert found.counted == [
        "1 answer in 1 file: 1 DescribeTrainingJob",
        "no answers of an operation that is served: 1: 1 no answer of SageMaker",
    ]
    assert found.told == [NOTHING]


def test_ruby_and_go_cassettes_are_read(conform: Callable[..., Outcome], folder: Path) -> None:
    told = interaction(TRAINING, {"TrainingJobName": described()["TrainingJobName"]}, described())
    write(folder / "ruby.json", json.dumps({"http_interactions": [told], "recorded_with": "VCR 6"}))
    response = {"body": SENT, "status": "", "code": 200, "headers": None}
    asked = {"url": told["request"]["uri"], "headers": told["request"]["headers"], "body": ""}
    write(
        folder / "go.json",
        json.dumps({"version": 1, "interactions": [{"request": asked, "response": response}]}),
    )
    found = conform()
    assert found.counted == ["2 answers in 2 files: 2 DescribeTrainingJob"]
    # That one has lost the body of its request.
    assert found.told == [NOTHING]


def test_what_is_no_answer_of_ours_is_counted_and_named(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    plain(folder / "a.json", described())
    placebo(folder / "sts.GetCallerIdentity_1.json", {"Account": "123456789012"})
    placebo(folder / "api.sagemaker.ListModels_1.json", {"Models": []})
    write(folder / "list.json", "[1, 2]")
    write(folder / "package.json", '{"name": "churn", "version": "1"}')
    write(folder / "compose.yaml", "services: {}")
    write(folder / "notes.txt", "DescribeTrainingJob")
    identity = {
        "headers": {},
        "uri": "https://sts.us-east-1.amazonaws.com/",
        "body": "Action=GetCallerIdentity",
    }
    bucket = {"headers": {}, "uri": "https://secret-bucket.s3.eu-west-1.amazonaws.com/key"}
    other = {"headers": {}, "uri": "https://example.org/"}
    models = interaction("ListModels", {}, {})["request"]
    logs = {"headers": {"X-Amz-Target": "Logs_20140328.GetLogEvents"}, "uri": "https://logs.amazonaws.com"}
    response = {"status": {"code": 200}, "headers": {}, "body": {"string": ""}}
    told = [{"request": each, "response": response} for each in (identity, bucket, other, models, logs)]
    cassette(folder / "c.yaml", *told)
    found = conform()
    assert found.counted == [
        "1 answer in 7 files: 1 DescribeTrainingJob",
        "no answers of an operation that is served: 10: 2 sagemaker ListModels, 1 a request to sts, 1 a request to s3, "
        "1 no request to AWS, 1 a request to logs, 1 YAML, and no cassette, 1 no answer, but a list, "
        "1 no answer of SageMaker, 1 sts GetCallerIdentity",
    ]
    assert (found.told, found.status) == ([NOTHING], 0)


@pytest.mark.parametrize(
    ("named", "answer", "operation"),
    [
        ("c7n_StopTrainingJob_1", {}, "StopTrainingJob"),
        ("x", {"TrainingJobArn": "arn"}, "CreateTrainingJob"),
        ("x", {"HyperParameterTuningJobArn": "arn"}, "CreateHyperParameterTuningJob"),
        ("x", {"TrainingJobSummaries": []}, "ListTrainingJobsForHyperParameterTuningJob"),
        ("x", {"TrainingJobSummaries": [], "NextToken": "x"}, "ListTrainingJobsForHyperParameterTuningJob"),
        ("x", {"HyperParameterTuningJobSummaries": [], "NextToken": "x"}, "ListHyperParameterTuningJobs"),
        ("x", {"Tags": []}, "AddTags"),
        ("DescribeTrainingJob", TuningJob("xgb").describe(), TUNING),
    ],
)
def test_the_operation_follows_from_the_name_or_from_the_members(
    conform: Callable[..., Outcome], folder: Path, named: str, answer: dict[str, Any], operation: str
) -> None:
    plain(folder / f"{named}.json", answer)
    assert conform().counted == [f"1 answer in 1 file: 1 {operation}"]


# Files that are broken or hostile.

LOLS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10) if n else 'x'}]\n" for n in range(12))
NEITHER = "an interaction has a request and a response"
BROKEN = {
    "comma.json": ('{\n "a": 1,\n "b" 2\n}', "line 3: Expecting ':' delimiter"),
    "empty.json": ("", "line 1: Expecting value"),
    "deep.json": ("[" * 100_000, "it is nested too deep"),
    "digits.json": ('{"a": ' + "9" * 5000 + "}", "a number in it has thousands of digits"),
    "tag.yaml": (
        "interactions:\n- !!python/object/apply:os.system [ls]\n",
        "line 2: could not determine a .*",
    ),
    "indent.yaml": ("interactions:\n- a: 1\n  b: [\n", "line 4: .+"),
    "control.yaml": ("interactions:\n- \x07\n", ".+"),
    "lols.yaml": (f"{LOLS}interactions: [*l11]\n", "it has more than 2000000 values"),
    "itself.yaml": ("interactions: &me [*me]\n", "it has more than 2000000 values"),
    "deep.yaml": ("interactions: " + "[" * 100_000, ".+"),
    "date.yaml": ("interactions:\n- 2020-02-31\n", "day is out of range for month"),
    "none.yaml": ("interactions: [1]\n", NEITHER),
    "half.yaml": ("interactions: [{request: {}}]\n", NEITHER),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_with_its_line(
    conform: Callable[..., Outcome], folder: Path, name: str
) -> None:
    content, why = BROKEN[name]
    write(folder / name, content)
    plain(folder / "fine.json", described())
    found = conform()
    assert found.counted[1] == "not readable: 1:"
    assert re.fullmatch(f"  {re.escape(name)}(#1)?: {why}", found.counted[2])
    assert found.told == ["no difference that is not known, but not every file could be read"]
    assert found.status == 1


def test_bytes_that_are_no_text_are_told_with_their_line(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    (folder / "latin.json").write_bytes(b'{\n"a": "caf\xe9"}')
    assert conform().counted[2] == "  latin.json: line 2: this is no UTF-8"


NO_GZIP = gzip.compress(b"")[:10] + b"\xff\xff\xff"


@pytest.mark.parametrize(
    ("side", "body", "why"),
    [
        (
            "request",
            "{",
            "the body of the request, line 1: Expecting property name enclosed in double quotes",
        ),
        ("response", "[1]", "the body of the response is no structure, but a list"),
        ("response", {"base64_string": "x"}, "a body that should be base64 is not"),
        ("response", {"string": "H4sIAAAA"}, "a body that is compressed by gzip is cut off"),
        (
            "response",
            {"base64_string": base64.b64encode(NO_GZIP).decode()},
            "a body that should be compressed by gzip is not",
        ),
        (
            "response",
            {"base64_string": base64.b64encode(gzip.compress(b" " * (1 << 25))).decode()},
            "a body has more than 16777216 bytes, and is not read",
        ),
    ],
)
def test_a_broken_body_is_told_with_its_interaction(
    conform: Callable[..., Outcome], folder: Path, side: str, body: Any, why: str
) -> None:
    told = interaction(TRAINING, STOP, {})
    told[side] |= {"body": body, "headers": {**told[side]["headers"], "Content-Encoding": "gzip"}}
    cassette(folder / "a.json", told)
    assert conform().counted == ["0 answers in 1 file: none", "not readable: 1:", f"  a.json#1: {why}"]


ODD: tuple[Any, ...] = (
    None,
    -1,
    10**12,
    1.5,
    float("nan"),
    True,
    "",
    "x",
    "9" * 500,
    {},
    [],
    [None],
    {"a": []},
    [[]],
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        (TUNING, TuningJob("xgb").completed().describe()),
        (TRAINING, described()),
        ("ListTrainingJobsForHyperParameterTuningJob", TuningJob("xgb").completed().list_trials_response()),
        ("ListHyperParameterTuningJobs", TuningJob.list_jobs_response(TuningJob("xgb").completed())),
        ("ListTags", {"Tags": [{"Key": "team", "Value": "search"}]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_a_member_holds_the_others_are_compared(
    conform: Callable[..., Outcome], folder: Path, operation: str, answer: dict[str, Any]
) -> None:
    entries = next((each for each in answer.values() if isinstance(each, list) and each), [answer])
    shown = entries[0] if operation.startswith("List") else answer
    count = 0
    for member in shown:
        for value in ODD:
            original, shown[member] = shown[member], value
            plain(folder / f"{operation}_{count}.json", answer)
            cassette(folder / f"v{count}.json", interaction(operation, {"a": value}, {"CreationTime": value}))
            shown[member] = original
            count += 1
    found = conform()
    assert found.counted[0].startswith(f"{2 * count} answers in {2 * count} files: ")
    assert found.status == 1
    internal = ("KeyError", "AttributeError", "AssertionError", "IndexError", "RecursionError")
    assert [line for line in found.told if any(each in line for each in internal)] == []


# Folders.


def test_folders_behind_links_are_searched_once(
    conform: Callable[..., Outcome], folder: Path, tmp_path: Path
) -> None:
    plain(tmp_path / "elsewhere" / "deep" / "A.JSON", described(Until="2030"))
    for name in ("link", "other"):
        (folder / name).symlink_to(tmp_path / "elsewhere")
    found = conform()
    assert found.counted == ["1 answer in 1 file: 1 DescribeTrainingJob"]
    assert found.told[0] == "link/deep/A.JSON: DescribeTrainingJob"


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Takes the right to read a folder away, also from who may read everything."""
    scan = os.scandir

    def closed(folder: Path) -> None:
        def refusing(path: Any) -> Any:
            if Path(path) == folder:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return scan(path)

        monkeypatch.setattr(os, "scandir", refusing)

    return closed


def test_a_folder_that_cannot_be_read_is_told(
    conform: Callable[..., Outcome], folder: Path, closed: Callable[[Path], None]
) -> None:
    plain(folder / "a.json", described())
    plain(folder / "b" / "c.json", described(Until="2030"))
    closed(folder / "b")
    found = conform()
    assert found.counted[1:] == ["not readable: 1:", "  b/: Permission denied"]
    assert (found.told, found.status) == (
        ["no difference that is not known, but not every file could be read"],
        1,
    )
    closed(folder)
    found = conform()
    assert found.error.splitlines()[-1].endswith(f"error: {str(folder)!r} cannot be read: Permission denied")
    assert (found.out, found.status) == ("", 2)


def test_of_a_folder_with_nothing_to_compare_one_thing_is_said(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    placebo(folder / "sts.GetCallerIdentity_1.json", {"Account": "123456789012"})
    found = conform()
    assert (found.error, found.status) == ("", 2)
    assert found.told == [
        "nothing to compare: no file has an answer that can be held against one of fake_tuning"
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_what_cannot_be_printed_is_told(folder: Path) -> None:
    plain(folder / "a.json", described())
    command = [sys.executable, "-m", "fake_tuning", "conform", str(folder)]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=120
        )
    assert ran.stderr.splitlines()[-1].endswith(
        "error: what was found cannot be printed: No space left on device"
    )
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 2


def test_what_is_no_file_is_passed_by(conform: Callable[..., Outcome], folder: Path) -> None:
    plain(folder / "a.json", described())
    os.mkfifo(folder / "pipe.json")
    (folder / "folder.json").mkdir()
    (folder / "gone.json").symlink_to(folder / "nowhere")
    (folder / "loop").symlink_to(folder)
    assert conform().counted == ["1 answer in 1 file: 1 DescribeTrainingJob"]


def test_names_of_files_move_no_cursor(conform: Callable[..., Outcome], folder: Path) -> None:
    plain(folder / "a\x1b[2J\nb.json", described(Until="\x1b[31m"))
    assert conform().told[:2] == [
        r"a\x1b[2J\nb.json: DescribeTrainingJob",
        r"  created anew: -Until: AWS '\x1b[31m'",
    ]


def test_yaml_needs_pyyaml_and_json_does_not(
    conform: Callable[..., Outcome], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette(folder / "a.yaml", interaction(TRAINING, STOP, described()))
    plain(folder / "b.json", described())
    monkeypatch.setitem(sys.modules, "yaml", None)
    found = conform()
    assert found.counted == [
        "1 answer in 2 files: 1 DescribeTrainingJob",
        "not readable: 1:",
        "  a.yaml: it is YAML, which needs PyYAML: pip install PyYAML, or install fake_tuning[conform]",
    ]
    assert found.status == 1


# The report.


def secret() -> dict[str, Any]:
    answer = (
        TuningJob("xgb").located(region="eu-west-1", account="999988887777").completed().describe_trial(1)
    )
    answer["RoleArn"] = "arn:aws:iam::999988887777:role/team-999988887777"
    answer["NewMember"] = "s3://bucket-999988887777/1234-5678-9012/0.123456789012/1700000000000"
    return answer


def test_the_report_has_no_account_number(
    conform: Callable[..., Outcome], folder: Path, tmp_path: Path
) -> None:
    plain(folder / "trial-999988887777.json", secret())
    told = interaction("ListModels", {}, {})
    told["request"]["headers"] = {"X-Amz-Target": "Team999988887777.Do"}
    cassette(folder / "b.json", told)
    texts = [conform("--report", tmp_path / name).out for name in ("r.md", "r.json")]
    texts += [(tmp_path / name).read_text() for name in ("r.md", "r.json")]
    member = "s3://bucket-111122223333/111122223333/0.123456789012/1700000000000"
    for text in texts:
        assert "999988887777" not in text
        assert "trial-111122223333.json" in text
        assert member in text


ACCOUNTS: dict[str, tuple[Any, str]] = {
    "number": (987654321098, "111122223333"),
    "whole": (987654321098.0, "111122223333"),
    "in a list": ([[987654321098]], "[[111122223333]]"),
    "name": ({"987654321098": 1}, "{'111122223333': 1}"),
    "exponent": ("9.87654321098e11", "111122223333"),
    "dot": ("us-east-1.987654321098", "us-east-1.111122223333"),
    "score": ("9876_5432_1098", "111122223333"),
    "hyphens": ("987-654-321-098", "111122223333"),
    "spaces": ("9876 5432 1098", "111122223333"),
    "letters": ("x987654321098y", "x111122223333y"),
    "fraction": (0.987654321098, "0.987654321098"),
    "fraction in text": ("0.987654321098", "0.987654321098"),
    "longer": ("9876543210987", "9876543210987"),
}
SECRETS: dict[str, tuple[Any, str]] = {
    "access key": ("AKIA" + "ABCD1234" * 2, "(access key)"),
    "session key": ("x ASIA" + "ABCD1234" * 2 + ".", "x (access key)."),
    "id and session": ("AROA" + "ABCD1234" * 2 + ":jane.doe", "(access key)"),
    "secret key": ("wJalrXUtn/K7MDENG/" + "bPxRfiCYkey+" + "0123456789", "(secret)"),
    "token": ("FwoGZXIvYXdzEA8a" * 20 + "==", "(secret)"),
    "private key": ("-----BEGIN RSA PRIVATE KEY-----\nMII", "(secret)"),
    "assigned": ('{"password": "hunter2"}', '{"password": "(secret)"}'),
    "member": ({"WANDB_API_KEY": "hunter2"}, "{'WANDB_API_KEY': '(secret)'}"),
    "number": ({"Password": 12}, "{'Password': '(secret)'}"),
    "tag": ([{"Key": "password", "Value": "x"}], "[{'Key': 'password', 'Value': '(secret)'}]"),
    "role": (
        "arn:aws:sts::111122223333:assumed-role/Data/jane.doe@example.org",
        "arn:aws:sts::111122223333:assumed-role/Data/(name)",
    ),
    "user": ("arn:aws:iam::111122223333:user/team/jane", "arn:aws:iam::111122223333:user/(name)"),
    "mail": ("by jane.doe@example.org", "by (name)"),
    "profile": ({"UserProfileName": "jane"}, "{'UserProfileName': '(name)'}"),
    "digest": ("sha256:" + "0123abcd" * 8, "sha256:" + "0123abcd" * 8),
}


@pytest.mark.parametrize(
    ("value", "shown"),
    [*ACCOUNTS.values(), *SECRETS.values()],
    ids=[*ACCOUNTS, *(f"secret {each}" for each in SECRETS)],
)
def test_what_others_must_not_read_is_masked(
    conform: Callable[..., Outcome], folder: Path, tmp_path: Path, value: Any, shown: str
) -> None:
    plain(folder / "a.json", described(NewMember=value))
    texts = [conform("--report", tmp_path / "r.md").out, (tmp_path / "r.md").read_text()]
    conform("--report", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    texts.append(report["answers"][0]["differences"][0]["aws"])
    assert [shown in text for text in texts] == [True] * 3


@pytest.mark.parametrize("written", ["987654321098", "9876_5432_1098", "AKIA" + "ABCD1234" * 2])
def test_names_of_files_and_messages_are_masked(
    conform: Callable[..., Outcome], folder: Path, tmp_path: Path, written: str
) -> None:
    plain(folder / f"{written}.json", described(EnableNetworkIsolation=written))
    write(folder / f"{written}-broken.json", "{")
    told = refusal(TUNING, {"HyperParameterTuningJobName": "xgb"}, "ResourceNotFound", f"Not {written}.")
    cassette(folder / "b.json", told)
    found = conform("--report", tmp_path / "r.md")
    assert "1 answer not readable" in found.out
    for text in (found.out, (tmp_path / "r.md").read_text()):
        assert written not in text


def test_a_message_that_cuts_a_secret_off_shows_nothing_of_it(
    conform: Callable[..., Outcome], folder: Path
) -> None:
    # Messages show some eighty characters of a value.
    for number, written in enumerate(("987654321098", "AKIA" + "ABCD1234" * 2)):
        for left in range(60, 80):
            answer = described(CreationTime=None)
            plain(folder / f"{number}-{left}.json", answer | {"CreationTime": "-" * left + written})
    told = [line for line in conform().told if line.startswith("  not readable")]
    assert len(told) == 40
    assert [line for line in told if "9876" in line or "AKIA" in line] == []


def test_nothing_is_shown_of_what_is_no_answer(
    conform: Callable[..., Outcome], folder: Path, tmp_path: Path
) -> None:
    write(folder / "a.json", '"hunter2"')
    write(folder / "b.json", '["hunter2"]')
    write(folder / "c.json", '{"hunter2": "hunter2"}')
    write(folder / "d.yaml", "interactions: [*hunter2]")
    write(folder / "e.yaml", "interactions: [!hunter2 hunter2]")
    write(folder / "f.yaml", "interactions: [!!int hunter2]")
    write(folder / "g.json", '{"hunter2": hunter2}')
    for target in ("SageMaker.hunter2", "hunter2.hunter2"):
        told = interaction(TRAINING, {}, {})
        told["request"]["headers"] = {"X-Amz-Target": target}
        cassette(folder / f"{target[:2]}.json", told)
    told = interaction(TRAINING, {}, {})
    told["response"]["body"]["string"] = '["hunter2"]'
    cassette(folder / "h.json", told)
    plain(folder / "i.json", described())
    out = conform("--report", tmp_path / "r.md").out
    assert "hunter2" not in out + (tmp_path / "r.md").read_text()


def test_signs_are_explained_wherever_they_are(
    conform: Callable[..., Outcome], folder: Path, tmp_path: Path
) -> None:
    plain(folder / "a.json", described())
    assert "signs: " not in conform().out
    answer = TuningJob("xgb").created("2019-05-01T00:00:00Z").completed().describe()
    del answer["ConsumedResources"]
    for number in range(5):
        plain(folder / f"{number}.json", answer)
    found = conform("--report", tmp_path / "r.md")
    assert f"signs: {SIGNS}\nknown: 5 answers, +ConsumedResources: " in found.out
    page = (tmp_path / "r.md").read_text()
    assert f"Signs: {SIGNS}." in page
    assert (
        "- 5 answers (`0.json`, `1.json`, `2.json`, `3.json`, `4.json`), `+ConsumedResources`: in the" in page
    )


def test_the_report_is_markdown_or_json(
    conform: Callable[..., Outcome], folder: Path, tmp_path: Path
) -> None:
    plain(folder / "a.json", described(Until="2030"))
    placebo(folder / "sts.GetCallerIdentity_1.json", {})
    write(folder / "b.json", "{")
    found = conform("--report", tmp_path / "r.md")
    heading = found.out.splitlines()[0]
    assert re.fullmatch(r"fake_tuning \S+, botocore [\d.]+, Python [\d.]+\S*", heading)
    assert (
        (tmp_path / "r.md").read_text()
        == f"""\
# fake_tuning held against recorded answers

{heading}

- 1 answer in 3 files: 1 DescribeTrainingJob
- no answers of an operation that is served: 1: 1 sts GetCallerIdentity
- not readable: 1:
- b.json: line 1: Expecting property name enclosed in double quotes

Signs: {SIGNS}.

## Differences that are not known

```text
a.json: DescribeTrainingJob
  created anew: -Until: AWS '2030'
```

1 difference not known
"""
    )
    conform("--report", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert list(report.pop("versions")) == ["fake_tuning", "botocore", "Python"]
    assert report == {
        "answers": [
            {
                "source": "a.json",
                "operation": "DescribeTrainingJob",
                "checks": ["model", "names", "own facts", "read back", "created anew"],
                "differences": [
                    {"check": "created anew", "member": "-Until", "aws": "'2030'", "known": None}
                ],
                "not readable": [],
            }
        ],
        "foreign": [{"source": "sts.GetCallerIdentity_1.json", "what": "sts GetCallerIdentity"}],
        "broken": [{"source": "b.json", "why": "line 1: Expecting property name enclosed in double quotes"}],
    }


def test_known_differences_are_told_by_their_reasons(conform: Callable[..., Outcome], folder: Path) -> None:
    answer = TuningJob("xgb").created("2019-05-01T00:00:00Z").completed().describe()
    del answer["ConsumedResources"], answer["TuningJobCompletionDetails"]
    for name in ("a", "b"):
        plain(folder / f"{name}.json", answer)
    found = conform()
    assert (found.told, found.status) == ([NOTHING], 0)
    assert (
        "known: 2 answers (a.json, b.json), +TuningJobCompletionDetails, +ConsumedResources: in the answers since"
        in found.out
    )
    # Of today's recordings it is not known.
    del answer["HyperParameterTuningEndTime"]
    answer |= {
        name: answer["LastModifiedTime"].replace(year=2025) for name in ("CreationTime", "LastModifiedTime")
    }
    del answer["BestTrainingJob"]
    plain(folder / "c.json", answer)
    assert "  read back: +ConsumedResources: fake_tuning {'RuntimeInSeconds': 0}" in conform().told


# How it is called.


def test_without_a_command_it_says_which_there_are(shell: Callable[..., Outcome]) -> None:
    found = shell()
    assert found.status == 0
    assert found.out == shell("--help").out
    assert re.search("^    conform ", found.out, re.MULTILINE)


def test_it_tells_its_version(shell: Callable[..., Outcome]) -> None:
    assert re.fullmatch(r"fake_tuning \d\S*\n", shell("--version").out)


def test_the_help_says_what_stays_in_a_report(shell: Callable[..., Outcome]) -> None:
    found = shell("conform", "--help")
    assert found.status == 0
    text = " ".join(found.out.split())
    assert "All else stays where a value that differs has it: names of jobs, files, buckets, roles" in text
    assert f"A sign stands before each member that differs: {SIGNS.replace(' the member', ' it')}." in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["confrom"], "unknown command 'confrom': did you mean 'conform'? The choices are conform."),
        (["conform"], "the following arguments are required: DIR"),
        (["conform", "nowhere"], "there is no folder 'nowhere'"),
        (["conform", "a/b.txt"], "'a/b.txt' is a file: name the folder that it is in, 'a'"),
        (["conform", "a"], "there are no .json, .yaml or .yml files in 'a'"),
        (
            ["conform", "full", "--report", "full/a.json"],
            "'full/a.json' is one of the files that are compared: name another one for the report",
        ),
        (
            ["conform", "full", "--report", "r.txt"],
            "a report is Markdown (.md) or JSON (.json), but --report names 'r.txt'",
        ),
        (
            ["conform", "full", "--report", "no/r.md"],
            "the report cannot be written to 'no/r.md': No such file or directory",
        ),
    ],
)
def test_bad_use_is_told(
    shell: Callable[..., Outcome],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("a/b.txt"), "")
    plain(Path("full/a.json"), described())
    found = shell(*arguments)
    assert found.status == 2
    prog = "python -m fake_tuning" + (" conform" if arguments[0] == "conform" else "")
    assert found.error.splitlines()[-1] == f"{prog}: error: {message}"
    assert not list(Path().glob("r.*"))


@pytest.mark.slow
def test_it_prints_to_a_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    plain(tmp_path / "a.json", described(Until="übermorgen"))
    command = [sys.executable, "-m", "fake_tuning", "conform", str(tmp_path)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120, env=environment
    )
    assert r"-Until: AWS '\xfcbermorgen'" in ran.stdout
    assert (ran.returncode, ran.stderr) == (1, "")
