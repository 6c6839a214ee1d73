"""Lenses compiled: from checked lenses to the source of a module."""
