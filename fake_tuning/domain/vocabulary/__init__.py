"""Words, numbers and instants that everything else is said in."""
