"""Jobs, scenarios and trials from creation to end. Imports nothing but the standard library."""
