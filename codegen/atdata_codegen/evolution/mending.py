"""What mends a break: the new type under a name of its own, and a lens that leads to it from the old one.

The old lexicon stays as it was. The new one, and every lexicon that refers to it, has a new name: `photoV2`. The lens
is derived: what loses nothing is written down, and a hole `???` is left where somebody has to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from atdata_codegen.evolution.judging import Judgement
from atdata_codegen.lenses.naming import names_of
from atdata_codegen.source.discover import LENS, path_of
from atdata_schema.errors import AtdataError
from atdata_schema.lenses import derive
from atdata_schema.lexicon import nodes
from atdata_schema.references import closure, references
from atdata_schema.schema import Schema

__all__ = ["Mending", "mend"]

_VERSION: Final = re.compile(r"(.*?)V(\d+)$")
_LAST: Final = 1000


@dataclass(frozen=True, slots=True)
class Mending:
    """How one type goes on under another name.

    Attributes:
        source: the NSID of the type as it was.
        view: the NSID that the type gets as it is.
        name: the NSID of the lens.
        text: the lens, ready to be saved; empty where none could be derived.
        problem: why there is none.
    """

    source: str
    view: str
    name: str
    text: str
    problem: str | None = None

    @property
    def path(self) -> str:
        """Where the lens goes, below a folder of lexicons."""
        return path_of(self.name, LENS)

    @property
    def holes(self) -> tuple[str, ...]:
        """The lines that somebody has to complete."""
        return tuple(line.strip() for line in self.text.splitlines() if "???" in line)


def mend(judgement: Judgement) -> tuple[Mending, ...]:
    """What mends the breaks that count, for each type of samples that they touch, sorted by name."""
    broken = {
        change.document
        for change in judgement.breaks
        if change.breaks != ("code",) and change.document in judgement.new.nsids
    }
    if not broken:
        return ()
    old, new = (
        {nsid: document.raw for nsid in side.nsids if (document := side.catalog.get(nsid))}
        for side in (judgement.old, judgement.new)
    )
    touched = _users(broken, new)
    names = dict(_names(touched, {*old, *new}))
    return tuple(
        _mended(judgement, nsid, names) for nsid in sorted(touched) if _is_type(judgement, nsid)
    )


def _users(broken: Iterable[str], documents: Mapping[str, Mapping[str, object]]) -> set[str]:
    """Those lexicons, and all that refer to one of them."""
    found: set[str] = set()
    waiting = list(broken)
    while waiting:
        nsid = waiting.pop()
        if nsid not in found:
            found.add(nsid)
            waiting += [user for user, raw in documents.items() if nsid in references(raw)]
    return found


def _names(nsids: Iterable[str], taken: set[str]) -> Iterator[tuple[str, str]]:
    """A new name for each of them: the next version that nobody has."""
    for nsid in sorted(nsids):
        match = _VERSION.match(nsid)
        stem, number = (match[1], int(match[2][:4])) if match else (nsid, 1)
        chosen = next(
            name
            for version in range(number + 1, number + _LAST)
            if (name := f"{stem}V{version}") not in taken
        )
        taken.add(chosen)
        yield nsid, chosen


def _is_type(judgement: Judgement, nsid: str) -> bool:
    """Whether a lexicon is a type of samples or records on both sides."""
    sides = (judgement.old, judgement.new)
    if any(nsid not in side.nsids or nsid in side.broken for side in sides):
        return False
    mains = [document.defs.get("main") for side in sides if (document := side.catalog.get(nsid))]
    return all(isinstance(main, nodes.Object | nodes.Record) for main in mains)


def _mended(judgement: Judgement, nsid: str, names: Mapping[str, str]) -> Mending:
    view = names[nsid]
    last = view.rpartition(".")[2]
    name = f"{nsid}To{last[:1].upper()}{last[1:]}"
    documents = _closure(judgement.new, nsid)
    renamed = {
        names.get(other, other): cast("Mapping[str, object]", _renamed(raw, names))
        for other, raw in documents.items()
    }
    try:
        source = Schema(nsid, _closure(judgement.old, nsid))
        text = derive(source, Schema(view, renamed), name=names_of(name)[0])
    except AtdataError as error:
        return Mending(nsid, view, name, "", str(error))
    return Mending(nsid, view, name, text)


def _closure(side: Any, nsid: str) -> dict[str, Mapping[str, object]]:
    def find(name: str) -> Mapping[str, object] | None:
        document = side.catalog.get(name)
        return None if document is None else document.raw

    return closure(nsid, find)


def _renamed(value: object, names: Mapping[str, str]) -> object:
    """A document with the names of lexicons replaced wherever it says one."""
    match value:
        case dict():
            items = cast("dict[str, object]", value).items()
            return {key: _renamed(item, names) for key, item in items}
        case list():
            return [_renamed(item, names) for item in cast("list[object]", value)]
        case str():
            nsid, mark, rest = value.partition("#")
            return f"{names[nsid]}{mark}{rest}" if nsid in names else value
        case _:
            return value
