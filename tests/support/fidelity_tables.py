"""The page ``fake_tuning/FIDELITY.md``: what each member of an answer is made of, and what AWS does otherwise.

``support/pages.py`` writes it, and ``test_fidelity.py`` keeps it current.

What a member is made of is observed: jobs of many kinds live in a service (``fidelity_facts.py``), everything is
read at many instants, and each member of an answer is compared with the member of the same name of the request
that made the job, at whatever depth that stands. Equal in all answers: echoed. Equal but for what is added or
rewritten inside it: filled in. Else derived, unless ``INVENTED`` declares it; what is declared there, and is not
observed, is an error.

None of that depends on the installed botocore: the requests have only members that the oldest supported one
knows. Which members are never sent does depend on it. They stand in a table of their own, under the version that
it was written with; with another version, the test asks only whether what stands there is still true.
"""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import botocore

from fake_tuning import FakeTuningService, Quirks, ServiceError
from fake_tuning.domain.vocabulary import failure_texts
from fake_tuning.doors.botocore import fault_texts
from fake_tuning.service import error_texts
from fake_tuning.service.operations.registry import OPERATIONS
from fake_tuning.service.validation.model import installed_model
from fake_tuning.service.validation.rules import RULES
from support import fidelity_facts
from support.fidelity_facts import Answer
from support.model_values import right

PAGE = Path(__file__).parents[2] / "fake_tuning" / "FIDELITY.md"
COMMAND = "nox -s pages"
ABSENT = re.compile(r"<!-- absent: botocore (\S+) -->\n(.*?)<!-- absent: end -->\n", re.DOTALL)

KINDS = ("derived", "echoed", "filled in", "invented")

INVENTED: Mapping[str, str] = {
    "FinalHyperParameterTuningJobObjectiveMetric.Value": "drawn from the seed, unless you say what trials score",
    "FinalMetricDataList.Value": "the same number for the objective, and drawn from the names for other metrics",
    "NextToken": "opaque, in a form of our own",
}
"""Members whose values are made up, by the ends of their paths, each with how."""

CLOSED = frozenset({"Results"})
"""Not looked into: what Search finds is what describing shows, and the tags (``test_search.py`` holds it to that)."""


class Deviation(NamedTuple):
    """Something that is, or may be, otherwise at AWS.

    Attributes:
        mark: one of ``MARKS``.
        said: what the fake does.
        where: the modules that decide it, under ``fake_tuning``.
    """

    mark: str
    said: str
    where: str


MARKS: Mapping[str, str] = {
    "known": "AWS does otherwise, and we know it",
    "inferred": "This follows from what is documented or recorded, but nobody has seen it happen",
    "invented": "Nobody has recorded what AWS does, so this is a plausible guess",
}

DEVIATIONS = (
    Deviation(
        "known",
        "Nothing outside the request is checked: S3 objects, images, roles, permissions, keys and networks are taken "
        "to exist and to suffice. `Fault.error(code, message)` makes a call fail as if they did not.",
        "service/validation/create_rules.py",
    ),
    Deviation(
        "known",
        "Nothing is slow, throttled or broken by itself: `fail_next` does that. Quotas are off until they are given.",
        "doors/botocore/faults.py, service/validation/quotas.py",
    ),
    Deviation(
        "known",
        "No tuning job launches more than 100,000 trials, for every one is simulated; AWS's own quota is raised to "
        "10,000 at most. CreateHyperParameterTuningJob refuses more as if that were the quota.",
        "domain/request/job_spec.py, service/validation/quotas.py",
    ),
    Deviation(
        "known",
        "The strategy Bayesian draws its values as Random does, from the seed; a metric does not follow from "
        "the values, unless `scored_by` says so.",
        "domain/simulation/trial_plan.py",
    ),
    Deviation(
        "known",
        "No experiments, logs, metrics or events are written.",
        "service/operations/registry.py",
    ),
    Deviation(
        "known",
        "A training job that is stopped while it is Starting goes on to the phase Stopping at once. At AWS its "
        "`SecondaryStatus` and its transitions stay what they were (recorded).",
        "domain/simulation/trial.py, doors/conform/known_differences.py",
    ),
    Deviation(
        "known",
        "Search finds only tuning jobs and training jobs, of one account.",
        "service/operations/search.py",
    ),
    Deviation(
        "inferred",
        "A job that reaches MaxRuntimeInSeconds or a completion criterion stops what runs, and then ends as one that "
        "reaches MaxNumberOfTrainingJobs: Completed, or Failed if trials failed and none succeeded. The documentation "
        "lists them together. One that is given up after five failures is Completed if a trial that still ran then has "
        "an objective: in a job that failed for want of success none has one (recorded).",
        "domain/simulation/simulation.py",
    ),
    Deviation(
        "inferred",
        "A Stopped job has an end time and a best training job, and no failure reason. Trials that were stopped "
        "with it have the objective that they had emitted last, or else the objective status Failed.",
        "domain/vocabulary/statuses.py, domain/simulation/trial.py",
    ),
    Deviation(
        "inferred",
        "The last emitted value of the objective is the final one, not the best.",
        "domain/simulation/trial.py",
    ),
    Deviation(
        "inferred",
        "`ModelArtifacts` is there when a training job is Completed, or Stopped after it had begun to train; when it "
        "appears while it uploads is unknown.",
        "domain/simulation/trial.py",
    ),
    Deviation(
        "inferred",
        "`ResourceConfig` is filled in from HyperParameterTuningResourceConfig; the AlgorithmName of a training "
        "job is written as its ARN; what Autotune searches is not repeated in TrainingJobDefinitions.",
        "domain/request/echo.py",
    ),
    Deviation(
        "inferred",
        "Patterns are Java's, for the whole value; lengths count characters; lists and structures in messages "
        "look like Java's, clauses have a fixed order, and a pattern is printed as the model has it. The values of "
        "every enum have the order that the lists of instance types have which people quoted.",
        "service/validation/model.py, service/validation/java_patterns.py, service/validation/violations.py",
    ),
    Deviation(
        "inferred",
        "A trial that replaces one which ended in RetryableError has its training job definition, and tries the same "
        "combination of a grid; that there is a replacement is recorded. The service gives up after five failures "
        "without a success, replaced ones among them.",
        "domain/simulation/trial_plan.py, domain/simulation/simulation.py",
    ),
    Deviation(
        "inferred",
        "Which metrics are emitted: what XGBoost is evaluated by, all that another built-in algorithm has, both for "
        "the channels that there are, and all that is defined for an algorithm that is not built in. The lists of "
        "XGBoost are recorded for 0.90, 1.0, 1.3 and `xgboost:1` of late 2022, those of k-means and the linear learner "
        "for one version; XGBoost 1.2 has that of 1.0. An objective that a list lacks is added to it.",
        "domain/vocabulary/builtin_algorithms.py, domain/vocabulary/xgboost_metrics.py, "
        "domain/vocabulary/quality_metrics.py",
    ),
    Deviation(
        "inferred",
        "The instances of a trial wait for the next one in its slot that can use them, and are released when the "
        "tuning job ends, as is documented of one that was stopped. People were shown some that waited after that.",
        "domain/jobs/tuning_job_record.py, domain/simulation/simulation.py",
    ),
    Deviation(
        "inferred",
        "Of a training job that was stopped or has failed, the last message says so, and not what becomes of its warm "
        "pool.",
        "domain/jobs/warm_pool.py",
    ),
    Deviation(
        "inferred",
        "Over the wire, the `__type` of an error is its bare code.",
        "doors/botocore/answers.py",
    ),
    Deviation(
        "inferred",
        "An image in the registry of the role's own account is not built in, whatever its name; one in any other "
        "registry is, if its repository has the name of a built-in algorithm. Where the data lie makes no difference "
        "to a warm start, whatever its type.",
        "domain/vocabulary/builtin_algorithms.py, service/validation/rules.py",
    ),
    Deviation(
        "inferred",
        "ListTrainingJobsForHyperParameterTuningJob filters before it cuts pages. The other lists cut first, whatever "
        "the filter; seen so were NameContains, StatusEquals and LastModifiedTimeAfter.",
        "service/operations/training_job_lists.py, service/quirks.py",
    ),
    Deviation(
        "inferred",
        "Search compares text letter by letter, takes one value of a list as enough, counts the filters of nested "
        "filters, reads a time without an offset as UTC, and gives pages of ten.",
        "service/operations/search.py, service/operations/search_filters.py, service/operations/search_properties.py",
    ),
    Deviation(
        "inferred",
        "With quotas, a tuning job asks for the instances of all its parallel trials when it is created; trials "
        "that go beyond a quota later are launched.",
        "service/validation/quotas.py",
    ),
    Deviation(
        "inferred",
        "With `dialect='pre-ga'` there is no DeleteHyperParameterTuningJob, DeleteTrainingJob or UpdateTrainingJob.",
        "doors/pre_ga.py",
    ),
    Deviation(
        "invented",
        "A training job that is stopped is Stopping, in both of its statuses, for as long as was observed, and then "
        "Stopped, even if it would have ended by itself meanwhile. Recordings show one that was stopped while it "
        "was Starting with that secondary status.",
        "domain/simulation/trial.py, domain/simulation/pacing.py",
    ),
    Deviation(
        "invented",
        "What is said of a phase changes after 15 s of Starting and of Training, whatever the instances and the "
        "image; logs of 2024 say already while it is Downloading that the image is downloaded, and those until 2021 "
        "`Launching requested ML instances` of Starting.",
        "domain/vocabulary/failure_texts.py",
    ),
    Deviation(
        "invented",
        "Trials take turns among several definitions.",
        "domain/request/job_spec.py",
    ),
    Deviation(
        "invented",
        "Convergence is 25 trials in a row without progress; Hyperband keeps a third of the trials at each rung.",
        "domain/simulation/simulation.py, domain/simulation/early_stopping.py",
    ),
    Deviation(
        "invented",
        "Auto scaling is logarithmic from a ratio of 1000 on; Autotune searches from a tenth to ten times a hint, "
        "fills in limits, criteria and retries of our choice, and where no objective is given it takes the first "
        "metric that the algorithm is known to emit, and minimizes it if it is called a loss or an error.",
        "domain/vocabulary/ranges.py, domain/request/autotune.py",
    ),
    Deviation(
        "invented",
        "A trial fails or is interrupted after 60 % of its training, and emits ten values when it may be stopped "
        "early; of spot training, 35 % is billed. Times that you do not set are drawn from spans that were observed of "
        "XGBoost on little data.",
        "domain/simulation/trial_plan.py, domain/simulation/trial.py, domain/simulation/pacing.py",
    ),
    Deviation(
        "invented",
        "MetricDefinitions that are sent for a built-in algorithm other than XGBoost stand in place of its own.",
        "domain/vocabulary/builtin_algorithms.py",
    ),
    Deviation(
        "invented",
        "The regular expressions of the metrics of built-in algorithms other than XGBoost, k-means and the linear "
        "learner, the volume of 30 GB where none is given, the text after "
        "`AlgorithmError:`, and the messages of the phases Interrupted, Restarting, MaxRuntimeExceeded and "
        "MaxWaitTimeExceeded.",
        "domain/vocabulary/builtin_algorithms.py, domain/request/echo.py, "
        "domain/vocabulary/failure_texts.py, doors/faker_provider.py",
    ),
    Deviation(
        "invented",
        "The bounds of CreationTimeAfter and the like are exclusive; Search puts last what lacks the property "
        "that is sorted by.",
        "service/pages.py, service/operations/search.py",
    ),
    Deviation(
        "invented",
        "No rule of a debugger or profiler finds an issue; those of a training job that never trained are Stopped.",
        "domain/jobs/rule_evaluations.py",
    ),
    Deviation(
        "invented",
        "When a trial is deleted, its tuning job still counts it, and can still name it as its best.",
        "domain/simulation/steering.py",
    ),
    Deviation(
        "invented",
        "UpdateTrainingJob moves `LastModifiedTime`, adds rules to those that there are, and leaves alone what it does "
        "not name; a warm pool can be kept longer from the creation of its training job until its time is up.",
        "domain/jobs/training_job.py, service/operations/training_jobs.py",
    ),
    Deviation(
        "invented",
        "An explicit null is refused in every member; a value of the wrong type gets a SerializationException; "
        "server errors have a text of ours.",
        "service/validation/violations.py, doors/botocore/fault_texts.py",
    ),
    Deviation(
        "invented",
        "Where you give no date, a clock begins at 2026-01-01T00:00:00Z, a job is looked at a minute "
        "after its end or a second after a request to stop, and a trial that a recording does not show took "
        "200 s, or had run for 40 s at most, and is 2 to 40 % worse than the best one. Where you give no limits, "
        "a job of the builder launches ten trials, two at a time.",
        "domain/vocabulary/clock.py, doors/builder/composition.py, doors/builder/status_now.py, "
        "domain/recordings/counted_trials.py, domain/simulation/trial_plan.py, doors/clock/virtual_clock.py",
    ),
)


class Change(NamedTuple):
    """What became of a part of the request on its way into an answer."""

    path: str
    how: str


class Rows(NamedTuple):
    """What was seen of all answers.

    Attributes:
        kinds: by structure, such as an operation's answer or a structure inside it, the kind of each member.
        shapes: by structure, what the model says of it.
        changes: by structure, what became of the members that are filled in.
        indexes: by the identity of a request, what stands in it.
    """

    kinds: dict[str, dict[str, str]]
    shapes: dict[str, Any]
    changes: dict[str, set[Change]]
    indexes: dict[int, dict[str, list[Any]]]

    def sent(self, request: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return what stands in a request, at any depth, by name. The request must stay where it is."""
        if id(request) not in self.indexes:
            self.indexes[id(request)] = _index(request, defaultdict(list))
        return self.indexes[id(request)]


Part = tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]
"""The requests that a part of an answer may echo, and that part."""


def observed(answers: Sequence[Answer]) -> Rows:
    """Return what all members of these answers are made of."""
    rows = Rows({}, {}, defaultdict(set), {})
    for title in dict.fromkeys(each.title for each in answers):
        these = [each for each in answers if each.title == title]
        shape = installed_model().operation_model(these[0].operation).output_shape
        if shape is not None and shape.members:
            _look(rows, title, shape, [(each, [each.asked], each.members) for each in these])
    made_up = [
        f"{title}.{name}"
        for title, kinds in rows.kinds.items()
        for name in kinds
        if kinds[name] == "invented"
    ]
    unseen = [end for end in INVENTED if not any(path.endswith(f".{end}") for path in made_up)]
    if unseen:
        raise AssertionError(f"INVENTED has what no answer has, or has from elsewhere: {', '.join(unseen)}")
    return rows


def _look(rows: Rows, path: str, shape: Any, parts: Sequence[tuple[Answer, Any, Mapping[str, Any]]]) -> None:
    # The part of a list or a structure that names its job is compared with the request that made that job.
    named = [(answer, answer.request_of(part) or above, part) for answer, above, part in parts]
    rows.shapes[path], rows.kinds[path] = shape, {}
    for name, member in sorted(shape.members.items()):
        holders = [each for each in named if name in each[2]]
        if not holders:
            continue
        kind = rows.kinds[path][name] = _kind(rows, path, name, [(asked, part) for _, asked, part in holders])
        element = member.member if member.type_name == "list" else member
        if kind == "derived" and element.type_name == "structure" and name not in CLOSED:
            inner = [
                (answer, asked, each) for answer, asked, part in holders for each in _several(part[name])
            ]
            _look(rows, f"{path}.{name}", element, inner)


def kinds_of(
    operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """Return what the members of one answer are made of; the request is that which made the only job in it."""
    rows = Rows({}, {}, defaultdict(set), {})
    made = {request[fidelity_facts.TUNING_JOB]: request}
    alone = Answer(operation, "", answer, {}, made)
    shape = installed_model().operation_model(operation).output_shape
    _look(rows, alone.title, shape, [(alone, [alone.asked], answer)])
    return rows.kinds


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _kind(rows: Rows, path: str, name: str, parts: Sequence[Part]) -> str:
    found: set[Change] = set()
    echoed = False
    for requests, part in parts:
        sent = [value for request in requests for value in rows.sent(request).get(name, ())]
        if sent:
            echoed = True
            found |= min((set(_changes(each, part[name], name)) for each in sent), key=len)
        else:
            found.add(Change(name, "added"))
    if echoed and Change(name, "rewritten") not in found:
        rows.changes[path] |= found
        return "filled in" if found else "echoed"
    return "invented" if any(f"{path}.{name}".endswith(f".{end}") for end in INVENTED) else "derived"


def _index(value: Any, found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Enter what stands in a request, at any depth, under its name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            found[name].append(inner)
            _index(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _index(inner, found)
    return found


def _changes(sent: Any, answered: Any, path: str) -> Iterator[Change]:
    """Yield how a part of an answer differs from the part of a request."""
    if isinstance(sent, Mapping) and isinstance(answered, Mapping):
        for name in sent.keys() | answered.keys():
            inner = f"{path}.{name}"
            if name not in sent:
                yield Change(inner, "added")
            elif name not in answered:
                yield Change(inner, "left out")
            else:
                yield from _changes(sent[name], answered[name], inner)
    elif isinstance(sent, list) and isinstance(answered, list):
        for before, after in zip(sent, answered, strict=False):
            yield from _changes(before, after, f"{path}[]")
        if len(answered) != len(sent):
            yield Change(f"{path}[]", "added" if len(answered) > len(sent) else "left out")
    elif sent != answered:
        yield Change(path, "rewritten")


# The page.


def page(rows: Rows, absent: str) -> str:
    """Return the whole page.

    Args:
        rows: what was observed.
        absent: the table of members that are never sent (see ``absent_table``).
    """
    lines = [
        *_introduction(),
        *_deviations(),
        *_rules(),
        *_texts(),
        *_quirks(),
        *_made_of(rows),
        *_changed(rows),
    ]
    return "\n".join([*lines, "## What is never sent", "", absent])


def current() -> str:
    """Return the page as it is to be written now, with the installed botocore."""
    rows = observed(fidelity_facts.answers())
    return page(rows, absent_table(rows))


def _introduction() -> list[str]:
    return [
        "# How true the fake is",
        "",
        f"<!-- Generated by `{COMMAND}`: change tests/support/fidelity_tables.py or the code, not this page. -->",
        "",
        "What fake_tuning knows to differ from Amazon SageMaker, what it had to guess, and where each member of an "
        "answer comes from. The test suite compares this page with what the service does.",
        "",
    ]


def _code(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _title(structure: str) -> str:
    operation, *inner = structure.split(".")
    return " / ".join([operation, *(f"`{name}`" for name in inner)])


def _table(header: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]


def _made_of(rows: Rows) -> list[str]:
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for structure, kinds in rows.kinds.items():
        cells = tuple(_code(name for name in kinds if kinds[name] == kind) for kind in KINDS)
        alike[cells].append(_title(structure))
    silent = [name for _, name in OPERATIONS if not any(f"`{name}`" in title for title in rows.kinds)]
    count = sum(map(len, rows.kinds.values()))
    return [
        f"## What the {count} members of all answers are made of",
        "",
        "A member is *derived* (it follows from the life of the job), *echoed* (the request said it), *filled in* "
        "(echoed, with something added or rewritten inside) or *invented* (it is there, and its value is made up).",
        "",
        *_table(("answer", *KINDS), ((", ".join(titles), *cells) for cells, titles in alike.items())),
        "",
        f"{_code(silent)} return nothing. Search finds what describing shows, and the tags.",
        "",
        "Invented:",
        "",
        *(f"- `{member}`: {how}." for member, how in INVENTED.items()),
        "",
    ]


def _changed(rows: Rows) -> list[str]:
    lines = []
    for structure, found in rows.changes.items():
        for how in ("added", "rewritten", "left out"):
            paths = [each.path for each in sorted(found) if each.how == how]
            if paths:
                lines.append((_title(structure), how, _code(paths)))
    return [
        "## What the service adds to a request that it gives back",
        "",
        *_table(("answer", "what", "members"), iter(lines)),
        "",
    ]


def absent_table(rows: Rows) -> str:
    """Return the table of the members that are never sent, for the installed botocore, between its marks."""
    passed_on = also_echoed(rows)
    lines = [
        (_title(structure), _code(name for name in names if name not in passed_on))
        for structure, names in absent(rows).items()
    ]
    shown = [
        f"<!-- absent: botocore {botocore.__version__} -->",
        f"Of the members that botocore {botocore.__version__} knows:",
        "",
        *_table(("answer", "absent"), iter(lines)),
        "",
        f"DescribeTrainingJob echoes these when they are sent; the tables above do not have them, because older "
        f"versions of botocore do not know them: {_code(passed_on)}.",
        "<!-- absent: end -->",
    ]
    return "\n".join(shown) + "\n"


def absent(rows: Rows) -> dict[str, list[str]]:
    """Return the members of each structure that no answer has; that a trial has it is enough for a training job."""
    seen: dict[str, set[str]] = defaultdict(set)
    for structure, kinds in rows.kinds.items():
        seen[plain(structure)] |= kinds.keys()
    shapes = {plain(structure): shape for structure, shape in rows.shapes.items()}
    found = {title: sorted(shapes[title].members.keys() - seen[title]) for title in shapes}
    return {title: names for title, names in found.items() if names}


def plain(structure: str) -> str:
    """Return the name of a structure, whatever kind of training job it is about."""
    return re.sub(r"` of a [a-z ]+", "`", structure)


def absent_in(text: str) -> dict[str, list[str]]:
    """Return what the page says is absent, as ``absent`` does."""
    noted = ABSENT.search(text)
    lines = re.findall(r"^\| (`.+) \| (`.+) \|$", noted[2] if noted else "", re.MULTILINE)
    return {_structure(title): re.findall(r"`(\w+)`", names) for title, names in lines}


def _structure(title: str) -> str:
    operation, *inner = title.split(" / ")
    return ".".join([operation, *(name.strip("`") for name in inner)])


def also_echoed(rows: Rows) -> list[str]:
    """Return what DescribeTrainingJob echoes beyond what the requests of the world have."""
    asked = installed_model().operation_model("CreateTrainingJob").input_shape.members
    unseen = absent(rows).get("`DescribeTrainingJob`", ())
    return [name for name in unseen if name in asked and _comes_back(name, right(asked[name]))]


def _comes_back(member: str, value: Any) -> bool:
    service = FakeTuningService()
    try:
        service.call("CreateTrainingJob", {**fidelity_facts.ALONE["alone-silent"], member: value})
    except ServiceError:
        return False
    return bool(service.call("DescribeTrainingJob", {"TrainingJobName": "alone-silent"}).get(member) == value)


def _quirks() -> list[str]:
    documented = inspect.cleandoc(Quirks.__doc__ or "").partition("Attributes:")[2]
    found = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", documented, re.MULTILINE)
    lines = [(f"`{name}`", f"`{getattr(Quirks(), name)}`", " ".join(text.split())) for name, text in found]
    return [
        "## Oddities that are on by default",
        "",
        "The real service has them, so the fake has. Each is a switch of "
        "`FakeTuningService(quirks=Quirks(lower_case_list_arns=False))`:",
        "",
        *_table(("quirk", "default", "what it is"), iter(lines)),
        "",
    ]


def _deviations() -> list[str]:
    lines = [f"## {len(DEVIATIONS)} known deviations", ""]
    for mark, meaning in MARKS.items():
        lines += [f"### {mark.capitalize()}", "", f"{meaning}:", ""]
        for each in DEVIATIONS:
            if each.mark == mark:
                files = [f"[{Path(file).name}]({file})" for file in each.where.split(", ")]
                lines.append(f"- {each.said} ({', '.join(files)})")
        lines.append("")
    return lines


def _rules() -> list[str]:
    order = ("quoted", "documented", "inferred")
    ours = set(error_texts.INVENTED.values())
    lines = [
        (
            each.refuses,
            f"{each.known}, but not its text" if each.known == "quoted" and each.text in ours else each.known,
            each.source,
        )
        for each in sorted(RULES.values(), key=lambda rule: order.index(rule.known))
    ]
    return [
        f"## {len(RULES)} rules across the members of a request",
        "",
        "What the service model does not refuse by itself is refused for these reasons only. *Quoted*: people have "
        "shown that AWS refuses, and most of them with which text. *Documented*: AWS writes it. *Inferred*: it follows "
        "from what is said, and no public request is known to break it. A rule that a public request contradicts is "
        "dropped "
        "([rules.py](service/validation/rules.py)).",
        "",
        *_table(("refused", "known", "by or from"), iter(lines)),
        "",
    ]


def _texts() -> list[str]:
    quoted, ours = len(error_texts.QUOTED), len(error_texts.INVENTED)
    failures = len(failure_texts.RECORDED) + len(failure_texts.QUOTED)
    return [
        "## Texts of refusals and failures",
        "",
        f"Of the texts that say why something is refused, {quoted} are AWS's own, to the letter. The other {ours} "
        "are ours, because nobody has recorded AWS's: [error_texts.py](service/error_texts.py) says which are "
        "which. Match on the code, not on the text.",
        "",
        f"Of the texts of faults that are scripted, {len(fault_texts.RECORDED)} is AWS's own and "
        f"{len(fault_texts.INVENTED)} is ours: "
        "[fault_texts.py](doors/botocore/fault_texts.py) says which is which.",
        "",
        f"Of the texts that say why a job fails, or what a phase of a training job is, {failures} are AWS's own and "
        f"{len(failure_texts.INVENTED)} are ours: "
        "[failure_texts.py](domain/vocabulary/failure_texts.py) says which are which.",
        "",
    ]
