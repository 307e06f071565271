"""Watch a tuning job in the background, and promote its best model when it has completed."""

import threading

import boto3

from promote_best import best_model


class Promoter:
    """Promotes in a thread of its own, which looks every five minutes until it is told to stop."""

    def __init__(self, name):
        self.promoted = None
        self._name = name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        client = boto3.client("sagemaker")
        while not self._stop.wait(300):
            job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=self._name)
            if job["HyperParameterTuningJobStatus"] == "Completed":
                self.promoted = best_model(self._name, at_least=0.5)
            if job["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped"):
                return
