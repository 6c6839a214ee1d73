"""Lexicons as they are beside lexicons as they were: what a change breaks, and what would mend it.

baseline    what lexicons are held against
baselines   what `--against` names
git         lexicons of a commit
packages    lexicons of an installed package
published   lexicons as they are published, by whoever can ask
names       what changes for code that uses the compiled package
change      one change, where it stands, and whether it counts
judging     from two sets of lexicons to findings with their places
mending     new names for what breaks, and lenses that lead to it
reporting   for people and for programs
"""
