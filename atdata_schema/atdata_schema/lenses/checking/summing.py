"""The laws of many clauses together, of those of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from atdata_schema.lenses.program.clauses import Bind, Const, Derive, Drop
from atdata_schema.lenses.program.paths import Path, dotted
from atdata_schema.lenses.steps.body import Joint
from atdata_schema.lenses.steps.laws import ClauseLaws, Proof
from atdata_schema.lenses.steps.step import Growth

__all__ = ["growth_of", "together"]


def together(joints: Sequence[Joint]) -> ClauseLaws:
    """The laws of a lens: each holds where it does for every clause, since footprints are disjoint.

    Fields that are computed, or have one value, bind the view: one that changes them is refused.
    """
    binds = [joint for joint in joints if isinstance(joint.clause, Bind)]
    drops = [joint for joint in joints if isinstance(joint.clause, Drop)]
    fixed = [joint for joint in joints if isinstance(joint.clause, Derive | Const)]
    injective = _all(binds, lambda laws: laws.injective)
    if drops and injective.holds is not False:
        injective = Proof.refuted(f"{_name(drops[0])} is not shown")
    put_total = _all(binds, lambda laws: laws.put_total)
    if fixed and put_total.holds is not False:
        put_total = Proof.refuted(f"a view in which {_name(fixed[0])} is another")
    tolerances = [
        f"{_name(joint)}: {joint.laws.tolerance}"
        for joint in binds
        if joint.laws.tolerance is not None
    ]
    return ClauseLaws(
        injective=injective,
        put_get=Proof.proved(),
        put_put=_all(binds, lambda laws: laws.put_put),
        get_total=_all([*binds, *fixed], lambda laws: laws.get_total),
        put_total=put_total,
        creates=all(joint.laws.creates for joint in binds) and all(d.creates for d in drops),
        asks=bool(drops) or any(joint.laws.asks for joint in binds),
        two_way=bool(binds),
        tolerance="; ".join(sorted(tolerances)) or None,
    )


def _all(joints: Sequence[Joint], law: Callable[[ClauseLaws], Proof]) -> Proof:
    """Whether a law holds for all clauses: refuted by one, unknown where one is, else proved as weakly as one."""
    found = [(joint, law(joint.laws)) for joint in joints]
    for joint, proof in found:
        if proof.holds is False:
            example = f"{_name(joint)}: {proof.example}" if proof.example else None
            return Proof(False, proof.how, example)
    unknown = next(((joint, proof) for joint, proof in found if proof.holds is None), None)
    if unknown is not None:
        joint, proof = unknown
        example = f"{_name(joint)}: {proof.example}" if proof.example else None
        return Proof(None, "unproved", example)
    tried = any(proof.how == "exhaustive" for _, proof in found)
    return Proof.tried() if tried else Proof.proved()


def _name(joint: Joint) -> str:
    leaves = joint.dst or joint.src
    return ", ".join(dotted(leaf.path) for leaf in leaves)


def growth_of(joints: Sequence[Joint]) -> Growth:
    """The memory that clauses make: of each byte that one reads, and whatever they read."""
    factors: dict[Path, float] = {}
    constant = 0
    for joint in joints:
        if joint.chain is None:
            continue
        held, fixed, total = 1.0, 0.0, 1.0
        for step in joint.chain.steps:
            fixed = fixed * step.growth.factor + step.growth.constant
            held *= step.growth.factor
            total += held
        constant += int(fixed)
        for leaf in joint.src:
            factors[leaf.path] = factors.get(leaf.path, 0.0) + total
    return Growth(max(factors.values(), default=0.0), constant)
