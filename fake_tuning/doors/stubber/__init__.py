"""A botocore Stubber that is filled from tuning jobs."""
