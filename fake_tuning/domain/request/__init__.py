"""What a tuning job was asked to do, and how the service repeats it."""
