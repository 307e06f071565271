"""Virtual time: a frozen process, and waits that move it."""
