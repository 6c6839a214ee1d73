"""What somebody else writes: the externs of a module, as a protocol and as skeletons."""

from __future__ import annotations

from dataclasses import dataclass

from atdata_codegen.lenses.names import Names
from atdata_codegen.lenses.unit import LensUnit
from atdata_codegen.lenses.values import annotation, literal
from atdata_codegen.plan.literals import text_literal
from atdata_codegen.plan.spelling import Spelling
from atdata_schema import model
from atdata_schema.errors import LensError
from atdata_schema.lenses.ops.externs import ExternStep
from atdata_schema.lenses.program.clauses import Extern
from atdata_schema.lenses.types.lens_types import LensType, Many, Nd, Obj, bare
from atdata_schema.lenses.types.sizes import Rest

__all__ = ["ExternFunction", "ExternPlan", "Outside"]


@dataclass(frozen=True, slots=True)
class ExternFunction:
    """A function that somebody else writes.

    Attributes:
        name: its name.
        parameters: its parameters, as they are written.
        returns: the type of what it gives.
        doc: its docstring.
    """

    name: str
    parameters: str
    returns: str
    doc: str

    @property
    def skeleton(self) -> str:
        """A beginning of it."""
        return (
            f"def {self.name}({self.parameters}) -> {self.returns}:\n    raise NotImplementedError"
        )


@dataclass(frozen=True, slots=True)
class ExternPlan:
    """The externs of a module.

    Attributes:
        name: the name of the protocol.
        base: its base.
        constant: the name of what finds them.
        made: the expression that makes that.
        module: the module that has to have them.
        checking: the module's name for `TYPE_CHECKING`.
        module_literal: the module as a literal.
        functions: its functions.
        skeletons: the name and the skeleton of each, as literals.
    """

    name: str
    base: str
    constant: str
    made: str
    module: str
    checking: str
    module_literal: str
    functions: tuple[ExternFunction, ...]
    skeletons: tuple[tuple[str, str], ...]


class Outside:
    """The externs that lenses of a module use."""

    def __init__(self, unit: LensUnit, names: Names) -> None:
        self._unit = unit
        self._names = names
        self._steps: dict[str, list[ExternStep]] = {}
        self._declared: dict[str, Extern] = {
            extern.name: extern for lens in unit.lenses for extern in lens.program.externs
        }
        used = bool(self._declared)
        self._constant = names.constant("externs") if used else ""
        self._name = names.define("Externs") if used else ""

    def use(self, step: ExternStep) -> str:
        """The expression that makes the kernel function of an extern."""
        self._steps.setdefault(step.name, []).append(step)
        takes, gives = self._codec(step.takes[0]), self._codec(step.gives[0])
        arguments = "".join(f", {key}={literal(value)}" for key, value in step.arguments.items())
        name = text_literal(step.name)
        return (
            f"{self._names.lens('extern')}({self._constant}, {name}, {takes}, {gives}{arguments})"
        )

    def plan(self) -> ExternPlan | None:
        """The protocol of all that were used.

        Raises:
            LensError: the unit does not say where they are.
        """
        if not self._steps:
            return None
        if self._unit.externs is None:
            raise LensError(f"{self._unit.nsid} has externs, and no module is named for them")
        functions = tuple(
            function for name in sorted(self._steps) for function in self._functions(name)
        )
        return ExternPlan(
            name=self._name,
            base=self._names.use("Protocol"),
            constant=self._constant,
            made=self._names.lens("Externs"),
            module=self._unit.externs,
            checking=self._names.use("TYPE_CHECKING"),
            module_literal=text_literal(self._unit.externs),
            functions=functions,
            skeletons=tuple((text_literal(f.name), text_literal(f.skeleton)) for f in functions),
        )

    def _functions(self, name: str) -> list[ExternFunction]:
        steps = self._steps[name]
        takes = self._either(step.takes[0] for step in steps)
        gives = self._either(step.gives[0] for step in steps)
        options = "".join(f", {option}" for option in self._options(steps))
        keywords = f", *{options}" if options else ""
        declared = self._declared[name]
        doc = declared.description or f"`{declared.source}` as `{declared.view}`."
        made = [ExternFunction(f"{name}_get", f"value: {takes}, /{keywords}", gives, doc)]
        if declared.two_way:
            back = f"view: {gives}, source: {takes} | None, /{keywords}"
            made.append(ExternFunction(f"{name}_put", back, takes, "The way back."))
        return made

    def _either(self, kinds: object) -> str:
        texts = [self._annotation(bare(kind)) for kind in kinds]  # type: ignore[attr-defined]
        return " | ".join(dict.fromkeys(texts))

    def _annotation(self, kind: LensType) -> str:
        """The type of a value as a sample holds it, which is what such code takes and gives."""
        if isinstance(kind, Nd) and kind.scalar:
            return "bool" if kind.dtype == "bool" else "int" if kind.is_integral else "float"
        return annotation(kind, self._names)

    def _options(self, steps: list[ExternStep]) -> list[str]:
        """The arguments of all uses; those that some leave out may be left out."""
        found: dict[str, list[object]] = {}
        for step in steps:
            for key, value in step.arguments.items():
                found.setdefault(key, []).append(value)
        made: list[str] = []
        for key in sorted(found):
            kinds = " | ".join(dict.fromkeys(_type_of(value) for value in found[key]))
            made.append(f"{key}: {kinds}" + ("" if len(found[key]) == len(steps) else " = ..."))
        return made

    def _codec(self, kind: LensType) -> str:
        spelling = Spelling(_AsScope(self._names), self._names.class_of, ())  # type: ignore[arg-type]
        return spelling.codec(_model_of(bare(kind)))


class _AsScope:
    """The names of a module, for `Spelling`."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def use(self, name: str) -> str:
        return self._names.use(name)


def _type_of(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _model_of(kind: LensType) -> model.Type:
    """A type of a pipe as one of the schema model."""
    match kind:
        case Nd(scalar=True):
            if kind.dtype == "bool":
                return model.BooleanType()
            if kind.is_integral:
                return model.IntegerType(minimum=kind.low, maximum=kind.high, enum=kind.values)
            return model.FloatType(32 if kind.dtype == "float32" else 64, kind.finite)
        case Nd():
            if any(isinstance(size, Rest) for size in kind.shape):
                return model.ArrayType(kind.dtype, None, kind.finite)
            sizes = [getattr(size, "constant", None) for size in kind.shape]
            dims = tuple("*" if size is None else size for size in sizes)
            return model.ArrayType(kind.dtype, dims, kind.finite)
        case Obj():
            return model.RefType(kind.ref)
        case Many():
            items = _model_of(bare(kind.items))
            return model.ListType(items, kind.min_length, kind.max_length)
        case _:
            made: model.Type = kind.type  # type: ignore[union-attr]  # `bare` leaves `Plain` only
            return made
