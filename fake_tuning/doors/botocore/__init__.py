"""Reaching botocore clients: hook, answers, faults, network guard, environment."""
