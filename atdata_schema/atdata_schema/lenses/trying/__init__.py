"""Lenses tried out: values at which they go wrong first, and their laws held against what was computed."""
