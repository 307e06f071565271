"""Answers of the real service, read back into jobs."""
