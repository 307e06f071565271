"""Jobs, scenarios, trials and their lives: the standard library only."""
