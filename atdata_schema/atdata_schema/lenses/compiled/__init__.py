"""What compiled lenses are made of: the clauses, and the operators that are more than a line of numpy."""

from atdata_schema.lenses.compiled.clauses import both, const, derived, drop, run
from atdata_schema.lenses.compiled.counting import affine, affine_whole, cast, onehot, table
from atdata_schema.lenses.compiled.externs import Externs, extern
from atdata_schema.lenses.compiled.moving import (
    concat,
    cut,
    order,
    pad,
    rearrange,
    sized,
    split_at,
    stack,
    unstack,
)
from atdata_schema.lenses.compiled.nesting import each, within
from atdata_schema.lenses.compiled.operator import Operator
from atdata_schema.lenses.compiled.scaling import number, numbers, scaled
from atdata_schema.lenses.compiled.values import (
    affix,
    argmax,
    dot,
    epoch,
    expected,
    join,
    maybe,
    reduce,
    resize,
    split,
    text_of,
    unwrap,
)
from atdata_schema.lenses.steps.chain import Tolerance, check_same
from atdata_schema.lenses.steps.refusals import Refused
from atdata_schema.lenses.steps.run import Readonly

__all__ = [
    "Externs",
    "Operator",
    "Readonly",
    "Refused",
    "Tolerance",
    "affine",
    "affine_whole",
    "affix",
    "argmax",
    "both",
    "cast",
    "check_same",
    "concat",
    "const",
    "cut",
    "derived",
    "dot",
    "drop",
    "each",
    "epoch",
    "expected",
    "extern",
    "join",
    "maybe",
    "number",
    "numbers",
    "onehot",
    "order",
    "pad",
    "rearrange",
    "reduce",
    "resize",
    "run",
    "scaled",
    "sized",
    "split",
    "split_at",
    "stack",
    "table",
    "text_of",
    "unstack",
    "unwrap",
    "within",
]
