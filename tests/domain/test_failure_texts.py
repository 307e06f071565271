"""Every text on a failure or a phase says where it is from, once, and is told apart from the others."""

from __future__ import annotations

import re

from fake_tuning.domain.vocabulary import failure_texts
from fake_tuning.domain.vocabulary.failure_texts import (
    FIRST_MESSAGES,
    INVENTED,
    LAUNCHING,
    PHASE_MESSAGES,
    QUOTED,
    RECORDED,
    fails_a_tuning_job,
    messages_of,
)
from fake_tuning.domain.vocabulary.statuses import SECONDARY_STATUSES


def test_every_text_stands_in_one_table():
    constants = {
        name for name, value in vars(failure_texts).items() if name.isupper() and isinstance(value, str)
    }
    tables = (RECORDED, QUOTED, INVENTED)
    named = [name for table in tables for name in table]
    assert sorted(named) == sorted({*constants, *PHASE_MESSAGES})
    texts = [text for table in tables for text in table.values()]
    assert len(texts) == len(set(texts))


def test_what_is_known_of_the_real_service_is_called_that():
    assert set(RECORDED) == {
        "ACCEPTED", "ALL_FAILED", "Completed", "Downloading", "Failed", "LAUNCHING", "POOL_RELEASED", "POOL_REUSED",
        "Starting", "Training", "Uploading",
    }  # fmt: skip
    assert set(QUOTED) == {
        "CAPACITY_ERROR", "FETCHING_IMAGE", "FIRST_FAILED", "INTERNAL_ERROR", "POOL_RETAINED", "REJECTED",
        "Stopped", "Stopping",
    }  # fmt: skip


def test_messages_are_for_secondary_statuses_that_exist():
    assert set(FIRST_MESSAGES) < set(PHASE_MESSAGES) <= set(SECONDARY_STATUSES)
    assert all(re.match(r"[A-Z].*", message) for message in PHASE_MESSAGES.values())


def test_of_a_phase_that_is_over_one_thing_is_said_and_others_before():
    final, (first, _) = PHASE_MESSAGES["Starting"], FIRST_MESSAGES["Starting"]
    assert messages_of("Starting", is_over=True) == {final}
    assert messages_of("Starting", is_over=False) == {final, first, LAUNCHING}
    assert messages_of("Uploading", is_over=False) == {PHASE_MESSAGES["Uploading"]}
    assert messages_of("Pending", is_over=True) == messages_of("Pending", is_over=False) == set()


def test_the_texts_of_failed_tuning_jobs_are_known_with_any_number():
    assert fails_a_tuning_job(failure_texts.ALL_FAILED)
    assert fails_a_tuning_job(failure_texts.REJECTED)
    assert fails_a_tuning_job(failure_texts.FIRST_FAILED.format(count=12))
    assert not fails_a_tuning_job(failure_texts.FIRST_FAILED.format(count="some"))
    assert not fails_a_tuning_job("")
