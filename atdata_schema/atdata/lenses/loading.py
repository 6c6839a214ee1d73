"""Lenses of the language for classes of this program: from a text, a file or a record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from atdata.errors import LoadError
from atdata.sample_type import schema_of
from atdata_schema.errors import LensError
from atdata_schema.schema import Schema

if TYPE_CHECKING:
    from atdata_schema.lenses import Lens

__all__ = ["load_lens"]

S = TypeVar("S")
V = TypeVar("V")
_LARGEST: Final = 1 << 20


def load_lens(
    given: str | Path | Mapping[str, Any],
    source: type[S],
    view: type[V],
    *,
    name: str | None = None,
    externs: Mapping[str, Any] | None = None,
) -> Lens[S, V]:
    """A lens of the lens language between two classes, checked against their types.

    Args:
        given: the text, the path of a file `*.lens`, or a record `dev.atdata.lens` as JSON objects. Nothing
            in it is run as code; of a record, the CIDs of its types and what it claims are held against what is
            found.
        source: the class of the samples that it reads.
        view: the class of those that it gives.
        name: which lens of a text or file, where there are several.
        externs: the code of the externs that it declares, by name.

    Raises:
        LensError: it is wrong, or leads between other types; all that is wrong is told, with its place.
        LoadError: there is no such file, it is no text of at most 1 MiB, or a class has no schema.

    >>> import atdata
    >>> @atdata.packable(nsid="org.example.animal")
    ... class Animal:
    ...     kind: str
    ...     weight: float
    >>> @atdata.packable(nsid="org.example.named")
    ... class Named:
    ...     name: str
    >>> text = '''
    ... lens named from org.example.animal to org.example.named {
    ...   kind <-> name;
    ...   drop weight;
    ... }
    ... '''
    >>> named = atdata.load_lens(text, Animal, Named)
    >>> named.get(Animal("cat", 4.5)), named.put(Named("dog"), Animal("cat", 4.5))
    (Named(name='cat'), Animal(kind='dog', weight=4.5))
    """
    from atdata_schema.lenses import check, check_record, parse
    from atdata_schema.lenses.findings import errors_of

    ends = _schema(source), _schema(view)
    if isinstance(given, Mapping):
        return check_record(given, *ends, externs=externs).lens.typed(source, view)
    read = parse(_text(given))
    if errors_of(read.findings):
        raise LensError.of(read.findings)
    names = [item.program.name for item in read.lenses]
    chosen = [item for item in read.lenses if name in (None, item.program.name)]
    if len(chosen) != 1:
        raise LensError(
            f"there is no lens {name!r}; there are {', '.join(names)}"
            if name is not None
            else f"there are {len(names)} lenses: {', '.join(names) or 'none'}; say which one, name=..."
        )
    (item,) = chosen
    checked = check(item.program, *ends, externs=externs, places=item.places)
    return checked.lens.typed(source, view)


def _schema(cls: type[Any]) -> Schema:
    found = schema_of(cls)
    if found is None:
        raise LoadError(
            f"{getattr(cls, '__name__', cls)!r} has no schema: give a typed sample class"
        )
    return found


def _text(given: str | Path) -> str:
    # A text of the language has a block; no path of a file has one.
    if isinstance(given, str) and "{" in given:
        return given
    path = Path(given)
    try:
        if path.stat().st_size > _LARGEST:
            raise LoadError(f"{path} has more than 1 MiB: no file of lenses has")
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise LoadError(f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"{path} cannot be read as a text: {error}") from None
