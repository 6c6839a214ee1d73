"""What is known of findings that no lexicon rule makes: of files, configuration and outputs."""

from __future__ import annotations

from atdata_schema.lexicon.rules import RuleInfo

__all__ = ["FILES"]

FILES = {
    "json-syntax": RuleInfo(
        "error",
        "The file is not JSON.",
        "A lexicon is UTF-8 text in JSON as RFC 8259 has it: no comments, no trailing commas, no NaN, double "
        "quotes only, no byte order mark.",
    ),
    "configuration": RuleInfo(
        "error",
        "[tool.atdata-gen] has a mistake.",
        "Its keys are `lexicons` (folders), `output` (a source root), `package` (an import name), `ignore` "
        "(a table from rule to reason) and, for lenses, `externs` (an import name), `lens-tests` (a folder) and "
        "`lens-paths` (a table from two types to the lenses between them), and `breaking` (a table: what counts as a "
        "break, and what is let pass) and `targets` (a list: what is made besides the package). Folders are relative to "
        "pyproject.toml.",
    ),
    "not-compared": RuleInfo(
        "warning",
        "A lexicon had errors in what it is held against.",
        "What it was cannot be told, so `atdata-gen breaking` says nothing about it. Look at the change yourself, or "
        "compare with an earlier state.",
    ),
    "target-failed": RuleInfo(
        "error",
        "A target made no files.",
        "Targets are `[[tool.atdata-gen.targets]]` or `--target`. The message says why this one made none: there is none "
        "of that name, an option of it is wrong, or it failed. Nothing is written then, of the package neither.",
    ),
    "empty-baseline": RuleInfo(
        "warning",
        "What lexicons are held against holds none.",
        "Everything is new then, and nothing breaks. That is so before the first lexicon; otherwise the folders of "
        "lexicons were called otherwise there.",
    ),
    "no-comparison": RuleInfo(
        "error",
        "The lexicons cannot be held against each other.",
        "A definition of one of both sides has no form that could be compared; the message says which. "
        "`atdata-gen lint` on that side says more.",
    ),
    "unused-ignore": RuleInfo(
        "warning",
        "A reason of [tool.atdata-gen.breaking] lets nothing pass.",
        "The change is no longer there: what the lexicons are held against has it too by now. Remove the reason, "
        "before it lets pass something else.",
    ),
    "cannot-ignore": RuleInfo(
        "error",
        "A rule is ignored that cannot be.",
        "Rules of the linter can be ignored, each with a reason. What breaks the language cannot: no other tool "
        "would read the document.",
    ),
    "name-clash": RuleInfo(
        "error",
        "Two names become one in Python.",
        "Classes, attributes and modules are named after the lexicon by fixed rules, and never renamed "
        "silently to stay apart. Rename one of the two in the lexicon.",
    ),
    "format": RuleInfo(
        "error",
        "A lexicon file is not in the one form.",
        "`atdata-gen fmt` writes two spaces, keys in a fixed order and properties in field order, so that two "
        "people's edits differ only in what they mean. The document stays the same document.",
    ),
    "stale-output": RuleInfo(
        "error",
        "A compiled file is not what its lexicon compiles to.",
        "The lexicon or the compiler has changed. Run `atdata-gen build`.",
    ),
    "edited-output": RuleInfo(
        "error",
        "A compiled file was edited by hand.",
        "The next build would lose the edit. Change the lexicon instead, or put code of your own beside the "
        "package; `atdata-gen build --force` discards the edit.",
    ),
    "foreign-file": RuleInfo(
        "error",
        "A file that the compiler did not write is where it must write one.",
        "The compiler owns the files that `.atdata-gen.json` lists and touches no others. Move the file away.",
    ),
    "bad-manifest": RuleInfo(
        "error",
        "`.atdata-gen.json` cannot be read.",
        "It lists which files the compiler owns. Restore it from version control; without it the compiler would "
        "not know which files it may replace.",
    ),
    "unwritable-output": RuleInfo(
        "error",
        "A compiled file cannot be written.",
        "The system refused. What was written before is whole, and the next build continues.",
    ),
    "installed-package": RuleInfo(
        "error",
        "An installed package of lexicons cannot be used.",
        "Packages name their compiled lexicons by the entry point group `atdata.lexicons`: an import package "
        "with `LEXICONS`, a mapping from NSID to module, and in each module `LEXICON`.",
    ),
    "claimed-lexicon": RuleInfo(
        "error",
        "A lexicon is compiled by two packages.",
        "A lexicon belongs to one package; the classes of two would be different types of one name, perhaps of "
        "different documents. Refer to the lexicon of an installed package without a copy of it, and have one "
        "package of it, in one version, in an environment.",
    ),
    "circular-packages": RuleInfo(
        "error",
        "Packages of lexicons depend on each other in a circle.",
        "None of them could be built before the others. What both need belongs in a package of its own, which "
        "both depend on.",
    ),
    "circular-ref": RuleInfo(
        "error",
        "A definition consists of itself.",
        "References and arrays that lead back without an object between them have no finite form.",
    ),
    "no-sample-form": RuleInfo(
        "error",
        "A field can hold no data.",
        "The definition it refers to has no values, so nothing of it can be in a sample.",
    ),
    "union-ref-kind": RuleInfo(
        "error",
        "A member of a union is no object.",
        "The data of a union says by `$type` which member it is, so each is an object or a record.",
    ),
}
"""Their names and what `atdata-gen explain` says of them."""
