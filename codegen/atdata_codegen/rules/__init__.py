"""The linter: what a lexicon may say and had better not, and the `x-atdata` extension.

What breaks the language itself is found by the kernel (`atdata_schema.lexicon.rules`). A rule here is a value
of `rule.LintRule`; `registry.LINT` holds them all, `lint.lint` applies them.
"""
