"""What a package of lexicons is called, and where everything lies in its project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Literal, TypeAlias

from atdata_codegen.excerpt import printable
from atdata_codegen.project import ProjectError

__all__ = ["BACKENDS", "Backend", "Layout", "checked", "name_for"]

Backend: TypeAlias = Literal["hatchling", "setuptools"]

BACKENDS: tuple[Backend, ...] = ("hatchling", "setuptools")

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Layout:
    """A project of lexicons.

    Attributes:
        root: its folder, absolute.
        source: the folder of lexicons that it is made from, absolute.
        name: of the distribution.
        package: the import name.
        version: of the distribution.
        backend: what builds it.
        licence: an SPDX expression; empty where none is given.
    """

    root: Path
    source: Path
    name: str
    package: str
    version: str = "0.1.0"
    backend: Backend = "hatchling"
    licence: str = ""

    @property
    def lexicons(self) -> str:
        """The folder of lexicons in the project, relative to it, with `/`: the source where that lies in it."""
        if self.source.is_relative_to(self.root) and self.source != self.root:
            return self.source.relative_to(self.root).as_posix()
        return "lexicons"

    @property
    def copies(self) -> bool:
        """Whether the lexicons have to be copied into the project."""
        return self.root.joinpath(self.lexicons) != self.source


def name_for(nsids: Sequence[str]) -> str:
    """The name of a distribution, after the domain or group that all lexicons have in common.

    Raises:
        ProjectError: they have none in common.

    >>> name_for(["org.acme.vision.photo", "org.acme.vision.mask"]), name_for(["org.acme.photo"])
    ('acme-vision-lexicons', 'acme-lexicons')
    """
    groups = [nsid.split(".")[:-1] for nsid in nsids]
    common = list(groups[0]) if groups else []
    for group in groups:
        while group[: len(common)] != common:
            del common[-1]
    if len(common) < 2:
        raise ProjectError("the lexicons have no domain in common: name the package with --name")
    return re.sub(r"[^a-z0-9]+", "-", "-".join([*common[1:], "lexicons"]).lower())


def checked(layout: Layout) -> Layout:
    """The layout, if a package can be built of it.

    Raises:
        ProjectError: a name or a version is none.
    """
    if not _NAME.fullmatch(layout.name):
        raise ProjectError(
            f"--name {printable(layout.name)!r} is no name of a distribution, such as acme-lexicons"
        )
    parts = layout.package.split(".")
    if not all(part.isidentifier() and part.isascii() and not iskeyword(part) for part in parts):
        raise ProjectError(
            f"--package {printable(layout.package)!r} is no import name, such as acme_lexicons"
        )
    if not _VERSION.fullmatch(layout.version):
        raise ProjectError(f"--version {printable(layout.version)!r} is no version, such as 1.2.0")
    if not re.fullmatch(r"[A-Za-z0-9.+() -]*", layout.licence):
        raise ProjectError(
            f"--license {printable(layout.licence)!r} is no SPDX expression, such as CC-BY-4.0"
        )
    return layout
