"""Conditions on samples: `confidence > 0.9 and label in ['cat', 'dog']`.

spelling      names and values as they are written
faults        what is wrong with a condition, and where
conditions    the form that all conditions have, and their text
grammar.lark  the language
reading       from a text to a condition
typed         conditions out of operators of Python: `ds.f.confidence > 0.9`
kinds         what the fields of a sample type are, as far as conditions go
checking      a condition held against the fields it names
judging       whether a condition is true of one sample
columns       fields of many samples
exact         comparing numbers of different kinds without rounding
evaluation    which of many samples a condition is true of
"""
