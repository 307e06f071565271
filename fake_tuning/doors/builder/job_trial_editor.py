"""The editor of one trial of a job, which keeps the code that makes the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from fake_tuning.domain.simulation.trial_edits import TrialEdit, TrialEditor
from fake_tuning.doors.builder.source_code import is_word, writing

if TYPE_CHECKING:
    from fake_tuning.doors.builder.tuning_job import TuningJob

_Edited: TypeAlias = "Callable[[int, TrialEdit], TuningJob]"


class JobTrialEditor(TrialEditor["TuningJob"]):
    """Edits one trial of a job, and keeps the code. Every method returns a new job.

    Args:
        number: the trial, from 1 in the order of launch.
        edited: returns the job with an edit of a trial.
        code: the calls that make the job.
    """

    def __init__(self, number: int, edited: _Edited, code: tuple[str, ...]) -> None:
        super().__init__(number, edited)
        self.code = (*code, f".trial({number})")


for _name, _word in vars(TrialEditor).items():
    if callable(_word) and is_word(_word, "_T"):
        setattr(JobTrialEditor, _name, writing(_word))
