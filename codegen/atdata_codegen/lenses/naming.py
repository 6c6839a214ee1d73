"""The full names of lenses: what the path of a file and a name in it stand for."""

from __future__ import annotations

from atdata_schema.lenses import Read
from atdata_schema.lenses.language.lowering import Lowered
from atdata_schema.names import module_path
from atdata_schema.syntax import is_valid

__all__ = ["is_name", "lens_name", "names_of"]


def names_of(nsid: str) -> tuple[str, str]:
    """What the lens that a file is named for is called in it: in snake case, or as the file.

    >>> names_of("org.example.frameToTrain")
    ('frame_to_train', 'frameToTrain')
    """
    return module_path(nsid)[-1], nsid.rpartition(".")[2]


def lens_name(nsid: str, read: Read, lens: Lowered) -> str:
    """The full name of a lens: the NSID of its file where it is the one that the file is named for.

    Any other lens is a definition beside it, as in a lexicon: `nsid#name`.

    Args:
        nsid: what the path of the file stands for.
        read: the file.
        lens: one of its lenses.
    """
    present = {item.program.name for item in read.lenses}
    main = next((name for name in names_of(nsid) if name in present), None)
    name = lens.program.name
    return nsid if name == main else f"{nsid}#{name}"


def is_name(nsid: str) -> bool:
    """Whether a text is an NSID.

    >>> is_name("org.example.frameToTrain"), is_name("frameToTrain")
    (True, False)
    """
    return is_valid("nsid", nsid)
