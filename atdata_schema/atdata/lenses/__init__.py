"""Lenses in programs: samples of one class seen as another, and written back through that view.

lens           a lens written in Python
decorator      `@atdata.lens`
ends           the classes that annotations name
laws           what a put written in Python is held against
given_columns  columns that a function made, as a batch
identity       the lens that changes nothing
loading        lenses of the language, from a text, a file or a record, for classes of this program
graph          lenses as ways between types
backward       a lens the other way round, by what it creates
finding        the lens that leads from a dataset to a class
"""
