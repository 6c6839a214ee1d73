"""Addresses of lexicons in git repositories: what is read from them, and what is no address."""

from __future__ import annotations

import pytest

from atdata_codegen.installing.gits import parse_git
from atdata_schema.errors import ManifestError


def test_addresses_of_git() -> None:
    for text in (
        "git+https://example.org/lab/types",
        "git+https://example.org/lab/types@v1.2#lexicons",
        "git+https://example.org/lab/types@feature/x",
        "git+ssh://git@example.org/types@main",
        "git+file:../lab@main#a/b",
        "git+file:///srv/lab.git",
    ):
        assert str(parse_git(text)) == text
    assert parse_git("git+https://example.org/t@feature/x").revision == "feature/x"
    for text in ("git+https://example.org", "git+https://", "git+x", "git+https://example.org/x@"):
        with pytest.raises(ManifestError):
            parse_git(text)
