"""The Python side of a `@packable` class: a dataclass with `Sample` as base."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from atdata.samples.annotations import Hint, PackableError, Scope, hints_of
from atdata.samples.field import FieldOptions
from atdata_schema.names import RESERVED, attribute_name
from atdata_schema.sample import Sample

__all__ = ["WireFields", "as_dataclass", "sample_type", "wire_fields"]

_HINTS = "__atdata_hints__"
_NOT_PLAIN = (tuple, dict, list, set, frozenset, str, bytes, int, float, Enum, BaseException, type)


@dataclass(frozen=True, slots=True)
class WireFields:
    """The fields of a class that samples hold.

    Attributes:
        hints: their annotations, those of base classes first.
        defaults: the names of those that have a default.
    """

    hints: Mapping[str, Hint]
    defaults: frozenset[str]


def as_dataclass(
    written: type, hints: Mapping[str, Hint], options: Mapping[str, bool]
) -> tuple[type, str | None]:
    """The class as a dataclass, and its own docstring.

    Args:
        written: the class.
        hints: its own annotations; they are kept for classes that derive from it.
        options: what `dataclass` is told beside.

    Raises:
        PackableError: `dataclass` refuses it, it is of a kind that cannot become one, or it has a name that
            samples need.
    """
    setattr(written, _HINTS, hints)
    _check_names(written, hints)
    doc = _own_doc(written)
    if issubclass(written, _NOT_PLAIN):
        kind = next(base.__name__ for base in _NOT_PLAIN if issubclass(written, base))
        raise PackableError(
            f"{written.__name__} is a {kind}; @packable goes on a plain class or a dataclass"
        )
    if "__dataclass_fields__" in vars(written):
        if options:
            raise PackableError(
                f"{written.__name__} is a dataclass already: say {', '.join(options)} in @dataclass"
            )
        return written, doc
    frozen = any(base.__dataclass_params__.frozen for base in _dataclasses(written))
    settings = {"frozen": frozen, **options}
    try:
        return dataclasses.dataclass(eq=False, repr=False, **settings)(written), doc
    except (TypeError, ValueError) as error:
        raise PackableError(f"{written.__name__}: {error}") from error


def wire_fields(cls: type, scope: Scope) -> WireFields:
    """The fields of a dataclass, with their annotations.

    Raises:
        PackableError: there is none, or a reader could not make a sample out of them.
    """
    hints = _hints(cls, scope)
    found = [item for item in dataclasses.fields(cls) if item.init]
    if not found:
        raise PackableError(f"{cls.__name__} has no fields; give it some: `label: str`")
    for item in found:
        if isinstance(item.default, FieldOptions):
            raise PackableError(
                f"{cls.__name__}.{item.name}: atdata.field(...) is no default; it goes into the "
                f"annotation: Annotated[str, {item.default!r}]"
            )
    _check_init(cls, {item.name for item in found})
    return WireFields(
        {item.name: hints[item.name] for item in found},
        frozenset(item.name for item in found if _has_default(item)),
    )


def sample_type(cls: type) -> type[Sample[Any]]:
    """A subclass of a dataclass and `Sample` that takes the class's place in its module.

    A subclass, since the class itself cannot get a base after the fact, and since `super()` and `__class__`
    in its methods go on to mean it.
    """
    bases = (cls,) if issubclass(cls, Sample) else (cls, Sample)
    kept = ("__module__", "__qualname__", "__doc__", "__firstlineno__")
    namespace: dict[str, Any] = {key: vars(cls)[key] for key in kept if key in vars(cls)}
    # `_extra` holds what `decode(..., extra=True)` finds; a class with slots alone has no place for it.
    slots = () if cls.__dictoffset__ or hasattr(cls, "_extra") else ("_extra",)
    namespace |= {"__qualname__": cls.__qualname__, "__slots__": slots}
    if _is_generated(vars(cls).get("__eq__")):
        # Comparing field by field, as dataclasses do, raises on arrays.
        namespace |= {"__eq__": Sample.__eq__, "__hash__": Sample.__hash__}
    if getattr(vars(cls).get("__getstate__"), "__name__", "") == "_dataclass_getstate":
        # That of frozen dataclasses with slots holds the declared fields alone, and so loses `_extra`.
        namespace |= {"__getstate__": object.__getstate__, "__setstate__": _set_slots}
    try:
        metaclass: Any = type(cls)
        made: Any = metaclass(cls.__name__, bases, namespace)
    except TypeError as error:
        raise PackableError(f"{cls.__name__}: {error}") from error
    made.__parameters__ = getattr(cls, "__parameters__", ())
    return cast("type[Sample[Any]]", made)


def _set_slots(sample: object, state: tuple[None, Mapping[str, object]]) -> None:
    """Take the state of slots, which a frozen class does not let pickle set itself."""
    for name, value in state[1].items():
        object.__setattr__(sample, name, value)


def _hints(cls: type, scope: Scope) -> dict[str, Hint]:
    """The annotations of a class and of the dataclasses it derives from; those of a subclass win."""
    found: dict[str, Hint] = {}
    for base in reversed([cls, *_dataclasses(cls)]):
        found |= vars(base).get(_HINTS) or hints_of(base, scope)
    return found


def _dataclasses(cls: type) -> Iterator[Any]:
    """The bases of a class that are dataclasses themselves, nearest first."""
    return (base for base in cls.__mro__[1:] if "__dataclass_fields__" in vars(base))


def _own_doc(cls: type) -> str | None:
    doc = vars(cls).get("__doc__")
    if not isinstance(doc, str) or not doc.strip():
        return None
    # What `dataclass` puts where there is no docstring: the call.
    generated = "__dataclass_fields__" in vars(cls) and doc.startswith(f"{cls.__name__}(")
    return None if generated else inspect.cleandoc(doc)


def _is_generated(method: object) -> bool:
    """Whether `dataclass` made a method, rather than the author."""
    code = getattr(method, "__code__", None)
    return code is not None and code.co_filename == "<string>"


def _has_default(item: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return item.default is not missing or item.default_factory is not missing


def _check_names(cls: type, annotated: Iterable[str]) -> None:
    """Refuse names of fields that samples and batches need, and methods that would replace those of samples."""
    members = RESERVED & {*vars(Sample), *Sample.__annotations__}
    methods = [name for name in vars(cls) if name in members]
    for name in (*annotated, *methods):
        if attribute_name(name) != name:
            raise PackableError(
                f"{cls.__name__}.{name}: the name cannot be used: "
                f"{'samples or batches have it' if name in RESERVED else 'no attribute can have it'}; "
                f"call it {attribute_name(name)}. Reserved are {', '.join(sorted(RESERVED))}"
            )


def _check_init(cls: Any, names: set[str]) -> None:
    """Whether `cls(**fields)` makes a sample: reading does that."""
    parameters = inspect.signature(cls).parameters
    takes_any = any(item.kind is item.VAR_KEYWORD for item in parameters.values())
    missing = [] if takes_any else sorted(names - set(parameters))
    if missing:
        raise PackableError(
            f"{cls.__name__}: its __init__ takes no {missing[0]!r}, so no reader could give it"
        )
    for name, item in parameters.items():
        needed = item.default is item.empty and item.kind not in (
            item.VAR_KEYWORD,
            item.VAR_POSITIONAL,
        )
        if needed and name not in names:
            raise PackableError(
                f"{cls.__name__}.{name}: samples do not hold it (it is an InitVar or a parameter of "
                "__init__ alone), so a reader needs a default for it"
            )
