"""The builder: tuning jobs composed for a test."""
