"""What a module will say: from lexicon documents to frozen plans.

literals    Python literals, the only way in which a text of a lexicon reaches code
naming      the names of constants
scope       the names of one module, and its imports
outline     which names a document defines, and which clash
spelling    a type as annotation, as field codec and as column
docs        what docstrings say
classes     the plans of classes
constants   the plans of constants, type aliases and enumerations
modules     where modules lie, and which clash
module      the plan of a module
parts       the plans themselves
"""

from atdata_codegen.plan.module import plan_module, plan_within
from atdata_codegen.plan.modules import Modules, module_clashes, plan_packages
from atdata_codegen.plan.parts import (
    ClassPlan,
    ConstantPlan,
    EnumPlan,
    FieldPlan,
    ModulePlan,
    PackagePlan,
)

__all__ = [
    "ClassPlan",
    "ConstantPlan",
    "EnumPlan",
    "FieldPlan",
    "ModulePlan",
    "Modules",
    "PackagePlan",
    "module_clashes",
    "plan_module",
    "plan_packages",
    "plan_within",
]
