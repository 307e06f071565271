"""The command ``python -m fake_tuning conform``: recorded answers of the real service, held against the fake."""
