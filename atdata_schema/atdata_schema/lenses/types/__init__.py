"""What a lens knows of the values that flow through it."""
