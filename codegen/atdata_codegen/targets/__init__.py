"""What lexicons are compiled to: Python, and whatever else a target makes of the same catalog and plans.

A target is a function from a `TargetInput` to files: paths below its folder to their content. Packages bring targets
by the entry point group `atdata_gen.targets`, under the name that is asked for. The Python package is the first
target; it is built in, and always called `python`.

target      what a target is given, and how it refuses
registry    which targets there are
running     from wanted targets to checked files
jsonschema  JSON Schema 2020-12
markdown    reference pages, with `forms`, `examples` and `pages`
"""

from atdata_codegen.targets.target import Target, TargetError, TargetInput

__all__ = ["Target", "TargetError", "TargetInput"]
