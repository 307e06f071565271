"""The words, numbers and times that the rest of the domain is written in."""
