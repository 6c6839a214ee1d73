"""Whom we measure: one module each; `entries` lists them."""
