"""What lies between the type of some data and a class: nothing, a lens, or no way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from atdata.compatibility import check_readable
from atdata_schema.errors import SchemaMismatch
from atdata_schema.lens import SampleLens
from atdata_schema.schema import Schema

if TYPE_CHECKING:
    from atdata.lenses.finding import Lenses

__all__ = ["lens_for"]


def lens_for(
    stored: Schema | None,
    cls: type[Any],
    given: Lenses | None = None,
    known: Lenses | None = None,
    source: type[Any] | None = None,
) -> SampleLens[Any, Any] | None:
    """The lens through which a class sees data of a type; `None` where it reads the data itself.

    Args:
        stored: the type of the data.
        cls: the class.
        given: lenses that are meant to be used, if they lead there.
        known: lenses that are used where the class does not read the data.
        source: the class that the data is read as by now.

    Raises:
        SchemaMismatch: the class does not read the data, and no lens leads there; the message says what breaks.
        AmbiguousLensPath: several lenses lead there equally well, and do not do the same.
        LoadError: it is no sample class.
    """
    found = _led(stored, cls, given, source)
    if found is not None:
        return found
    try:
        check_readable(stored, cls)
    except SchemaMismatch as error:
        found = _led(stored, cls, known, source)
        if found is None:
            raise _with_hint(error, given, known) from None
    return found


def _led(
    stored: Schema | None, cls: type[Any], lenses: Lenses | None, source: type[Any] | None
) -> SampleLens[Any, Any] | None:
    if lenses is None:
        return None
    # Imported where it is needed: most data is read as the type that it was written as.
    from atdata.lenses.finding import lens_to

    return lens_to(stored, cls, lenses, source)


def _with_hint(error: SchemaMismatch, given: Lenses | None, known: Lenses | None) -> SchemaMismatch:
    """The same, with what was looked for among lenses, or could be."""
    looked: Sequence[str] = [
        where for where, lenses in (("given", given), ("known", known)) if lenses is not None
    ]
    said = "no lens is given that leads there (lenses=[...])"
    if looked:
        said = f"none of the lenses {' or '.join(looked)} leads there"
    return SchemaMismatch(f"{error.message.removesuffix(':')}, and {said}:", error.differences)
