"""How a module looks: from plans to files.

docstrings   the safe printer of descriptions
render       plans through Jinja templates, which only lay out
formatting   black, in one fixed style, in up to two processes
memo         what black made of a text before
compilation  from a catalogue to the files of a package
"""

from atdata_codegen.emit.compilation import Compiled, OtherModule, compile_documents

__all__ = ["Compiled", "OtherModule", "compile_documents"]
