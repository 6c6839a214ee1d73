"""`atdata-gen breaking`: say what a change of the lexicons breaks, and what would mend it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from atdata_codegen.breaking import CATEGORIES, DIRECTIONS, Breaking
from atdata_codegen.commands.options import Reporter, parser_for, project_of
from atdata_codegen.diagnostics import exit_code, render, shown_path
from atdata_codegen.evolution.baseline import BaselineError
from atdata_codegen.excerpt import printable
from atdata_codegen.project import Project, ProjectError
from atdata_codegen.source.discover import discover

if TYPE_CHECKING:
    from atdata_codegen.evolution.judging import Judgement
    from atdata_codegen.evolution.mending import Mending

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the command."""
    arguments = _parser().parse_args(argv)
    reporter = Reporter(arguments)
    ignored = arguments.ignore or []
    arguments.ignore = None  # of this command, it is about changes
    try:
        project = project_of(arguments)
        settings = _settings(project.breaking, arguments, ignored)
        judgement = _judge(project, settings)
    except ProjectError as error:
        return reporter.wrong_usage(error)
    except BaselineError as error:
        sys.stderr.write(f"atdata-gen: {printable(str(error))}\n")
        return 2
    mended: tuple[Mending, ...] = ()
    if judgement.breaks and not arguments.no_lenses:
        from atdata_codegen.evolution.mending import mend  # the language of lenses

        mended = mend(judgement)
    sys.stdout.write(_report(judgement, mended, reporter, project))
    sys.stdout.flush()
    shown = [change.diagnostic for change in judgement.changes if change.counts]
    return exit_code([*judgement.problems, *shown], strict=reporter.strict)


def _parser() -> argparse.ArgumentParser:
    description = (
        "Hold the lexicons of the project against what they were: what breaks new code on old data, what breaks "
        "old code on new data, what breaks code that uses the compiled package, what is safe, and the lens that "
        "would mend a break. It ends with 1 where something breaks."
    )
    parser = parser_for("breaking", description)
    what = "git:REF, a folder, package:NAME or published; `against` of [tool.atdata-gen.breaking]"
    parser.add_argument("--against", metavar="WHAT", help=what)
    what = "what counts: reading, the rules of publication, Python code; repeatable, all without it"
    parser.add_argument("--category", action="append", choices=CATEGORIES, help=what)
    what = "who has to read whose data; repeatable, both without it"
    parser.add_argument("--direction", action="append", choices=DIRECTIONS, help=what)
    parser.add_argument("--no-lenses", action="store_true", help="derive no lenses")
    return parser


def _settings(given: Breaking, arguments: argparse.Namespace, ignored: list[str]) -> Breaking:
    """The settings of the project, options first."""
    reasons = dict(given.ignore)
    for text in ignored:
        change, _, reason = text.partition("=")
        if not reason.strip():
            shown = printable(change)
            raise ProjectError(f"--ignore {shown} needs a reason: --ignore '{shown}=WHY'")
        if len(change.split()) not in (1, 2):
            raise ProjectError(f"--ignore {printable(change)} is no RULE, and no RULE and PLACE")
        reasons[change] = reason
    return replace(
        given,
        against=arguments.against or given.against,
        categories=tuple(arguments.category or given.categories),
        directions=tuple(arguments.direction or given.directions),
        ignore=reasons,
    )


def _judge(project: Project, settings: Breaking) -> Judgement:
    from atdata_codegen.evolution.baselines import FORMS, read_baseline
    from atdata_codegen.evolution.judging import judge  # the kernel

    if not settings.against:
        raise ProjectError(
            f"--against is not given: {FORMS}; or set `against` in [tool.atdata-gen.breaking]"
        )
    discovery = discover(project.lexicons)
    nsids = sorted({file.nsid for file in discovery.files})
    baseline = read_baseline(settings.against, project, nsids)
    return judge(project, discovery, baseline, settings)


def _report(
    judgement: Judgement, mended: tuple[Mending, ...], reporter: Reporter, project: Project
) -> str:
    from atdata_codegen.evolution.reporting import json_report, text_report

    if reporter.form == "json":
        return json_report(judgement, mended)
    if reporter.form == "github":
        shown = [
            change.diagnostic
            for change in judgement.changes
            if change.counts and not change.is_safe
        ]
        return render([*judgement.problems, *shown], "github")
    return text_report(judgement, mended, shown_path(str(project.lexicons[0])))
