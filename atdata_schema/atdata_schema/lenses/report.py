"""Where findings are collected: all of them, up to a limit, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from atdata_schema.lenses.findings import Finding, Pointer, Severity, Span
from atdata_schema.lenses.limits import MAX_FINDINGS

__all__ = ["Report", "place_in"]


@dataclass
class Report:
    """Findings about one lens.

    Attributes:
        places: the place in the text of each part, where the lens came from one.
        lens: the name of the lens.
        findings: what was found, in order.
    """

    places: Mapping[Pointer, Span] = field(default_factory=dict[Pointer, Span])
    lens: str | None = None
    findings: list[Finding] = field(default_factory=list[Finding])

    def add(self, finding: Finding) -> None:
        """Take a finding; its place is looked up where it has none."""
        if len(self.findings) >= MAX_FINDINGS:
            return
        if finding.span is None:
            finding = replace(finding, span=place_in(self.places, finding.pointer))
        found = replace(finding, lens=self.lens)
        if found not in self.findings:
            self.findings.append(found)

    def error(
        self, rule: str, message: str, pointer: Pointer = (), help: str | None = None
    ) -> None:
        """Take an error."""
        self.say("error", rule, message, pointer, help)

    def say(
        self,
        severity: Severity,
        rule: str,
        message: str,
        pointer: Pointer = (),
        help: str | None = None,
    ) -> None:
        """Take a finding of some severity."""
        self.add(Finding(rule=rule, severity=severity, message=message, pointer=pointer, help=help))

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    def sorted(self) -> tuple[Finding, ...]:
        """All of them, in the order of the text."""
        return tuple(sorted(self.findings, key=_order))


def place_in(places: Mapping[Pointer, Span], pointer: Pointer) -> Span | None:
    """The place of a part, or of the smallest part around it that has one."""
    while pointer not in places:
        if not pointer:
            return None
        pointer = pointer[:-1]
    return places[pointer]


def _order(finding: Finding) -> tuple[int, str]:
    return (finding.span.start if finding.span else 0, finding.rule)
