"""The pytest plugin: fixtures, options, and what a failed test shows."""
