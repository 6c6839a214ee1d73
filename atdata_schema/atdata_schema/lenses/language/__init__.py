"""The language dlens/1 as text: reading, writing, formatting."""
