"""Jobs as they exist in a region, with what was done to them and what describing them shows."""
