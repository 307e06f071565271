"""A scenario of round times."""

from __future__ import annotations

from fake_tuning.domain.simulation.scenario import Scenario

ROUND = Scenario().paced(
    accept="3s",
    launch="10s",
    cold_start="60s",
    warm_start="60s",
    download="30s",
    train="180s",
    upload="30s",
    refill="10s",
    finish="20s",
    fail="20s",
    drain="30s",
    stop="5s",
    delete="60s",
)
"""Trials take 300 s: two of them run from 10 s to 310 s, the next two from 320 s to 620 s, and so on.

A job of four trials, two at a time, completes at 640 s.
"""

EVENTFUL = ROUND.paced(restart="12s").trial(1).is_interrupted().trial(1).hits_internal_errors()
"""Its first trial, or its training job, is interrupted on spot capacity, and is retried where that was asked for."""
