"""asyncio.sleep moves the same clock as time.sleep."""

import asyncio

from async_watch import watch
from fake_tuning import TuningJob


def test_watches_several_jobs(tuning_service):
    tuning_service.add(TuningJob("a").completes(after="1h"))
    tuning_service.add(TuningJob("b").stops(after="30m"))
    tuning_service.add(TuningJob("c").fails(after="2h"))

    assert asyncio.run(watch("a", "b", "c")) == ["Completed", "Stopped", "Failed"]
