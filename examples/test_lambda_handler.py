"""A client that was made at import time, before the fake was installed, is reached too."""

from fake_tuning import TuningJob
from lambda_handler import handler


def test_is_called_until_the_job_has_ended(tuning_service, tuning_clock):
    tuning_service.add(TuningJob("nightly").trials(6, parallel=3, each="10m"))

    assert handler({"name": "nightly"}, None) == {"name": "nightly", "done": False, "ok": False, "trials": 0}

    tuning_clock.advance("5m")
    assert handler({"name": "nightly"}, None) == {"name": "nightly", "done": False, "ok": False, "trials": 3}

    tuning_clock.run_until(lambda: tuning_service.job("nightly").status != "InProgress")
    assert handler({"name": "nightly"}, None) == {"name": "nightly", "done": True, "ok": True, "trials": 6}
