"""Operators whose types are known: how values go through them, and back."""
