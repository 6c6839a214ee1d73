"""What is known of findings about lenses as parts of a project; those about the language are the kernel's."""

from __future__ import annotations

from atdata_schema.lexicon.rules import RuleInfo

__all__ = ["ABOUT_LENSES"]

ABOUT_LENSES = {
    "lens-path": RuleInfo(
        "error",
        "The path of a file of lenses is not that of an NSID.",
        "Files of lenses lie among the lexicons: org/example/frameToTrain.lens is org.example.frameToTrain. "
        "The lens in it that is called frame_to_train has that name; any other is "
        "org.example.frameToTrain#name.",
    ),
    "lens-clash": RuleInfo(
        "error",
        "A file of lenses would have the module of a lexicon, or of other lenses.",
        "A file of lenses and a lexicon of one name would be one module. Name the lens for what it does: "
        "org.example.frameToTrain.",
    ),
    "duplicate-lens": RuleInfo(
        "error",
        "Two folders of lexicons have a file of lenses of one name, and the two differ.",
        "Keep one of them. Equal copies are one file.",
    ),
    "lens-types-changed": RuleInfo(
        "error",
        "A type has changed since a lens was checked against it.",
        "`lenses.lock` holds the CIDs of the types that each lens was checked against. A lens may still compile "
        "after a change and mean something else, so a build stops until somebody has looked at it. Mend the "
        "lens where it is needed, then run `atdata-gen build --update-lenses`, and review the lock file as you "
        "review code.",
    ),
    "bad-lock": RuleInfo(
        "error",
        "`lenses.lock` cannot be read.",
        "It lists for each lens the CIDs of its types, its own, and its class. Restore it from version control; "
        "or delete it, and the next build writes it anew, without knowing what has changed.",
    ),
    "missing-extern": RuleInfo(
        "error",
        "An extern of a lens has no code.",
        "An extern is declared in the language and written in Python: as functions in the module that `externs` "
        "of [tool.atdata-gen] names. `atdata-gen lens stubs` prints what is missing, with its types. The module "
        "is yours: it is created once, and never touched again.",
    ),
    "extern-clash": RuleInfo(
        "error",
        "Two files declare an extern of one name with different types.",
        "All externs of a project are functions of one module, so a name means one thing. Rename one of them.",
    ),
    "orphaned-extern": RuleInfo(
        "warning",
        "The code of an extern that no lens declares.",
        "The function is named as the code of an extern is, and nothing uses it. Remove it, or mend its name.",
    ),
}
"""Their names and what `atdata-gen explain` says of them."""
