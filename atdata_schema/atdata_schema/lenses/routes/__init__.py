"""Lenses one after another: composed, and found between two types."""
