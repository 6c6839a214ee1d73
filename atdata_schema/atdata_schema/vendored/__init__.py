"""Lexicons of others in a project.

manifest  `lexicons.json`: what was asked for, and what was fetched
pulling   fetching with references, held against what was fetched before
"""
