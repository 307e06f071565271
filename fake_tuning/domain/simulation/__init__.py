"""How a tuning job and its trials behave, from one event to the next."""
