"""`atdata cite`: how a dataset of the network is cited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atdata.cli.misuse import Misuse
from atdata.cli.output import print_json, print_lines
from atdata.cli.targets import find_target
from atdata.cli.visible import visible

if TYPE_CHECKING:
    from atdata.atmosphere.reading.published import Published
    from atdata.network_options import NetworkOptions

__all__ = ["Citation", "bibtex", "run"]

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "&%$#_{}"},
}
_NOT_IN_KEYS: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Citation:
    """What is said of a dataset where it is cited."""

    author: str
    title: str
    version: str | None
    date: str
    uri: str
    cid: str

    @property
    def text(self) -> str:
        """A line of a list of references."""
        version = "" if self.version is None else f" (version {self.version})"
        return visible(
            f"{self.author} ({self.date[:4]}). {self.title}{version} [Data set]. AT Protocol. {self.uri} "
            f"(CID {self.cid}, {self.date})."
        )


def run(said: str, index: str | None, form: str, as_json: bool, network: NetworkOptions) -> int:
    """Print how a dataset is cited: a line of text, an entry of BibTeX, or both."""
    published = find_target(said, index, network).published
    if published is None:
        raise Misuse(
            f"{said!r} is no dataset of the network, which alone has an address to be cited by"
        )
    citation = _citation(published)
    texts = {"text": citation.text, "bibtex": bibtex(citation)}
    if as_json:
        print_json(
            {
                "uri": citation.uri,
                "cid": citation.cid,
                "author": citation.author,
                "title": citation.title,
                "version": citation.version,
                "date": citation.date,
                **texts,
            }
        )
        return 0
    if form not in (*texts, "both"):
        raise Misuse(f"--format is {form!r}: give text, bibtex or both")
    print_lines("\n\n".join(texts.values()) if form == "both" else texts[form])
    return 0


def _citation(found: Published) -> Citation:
    dataset = found.dataset
    author = found.identity.handle or found.identity.did
    date = dataset.created[:10]
    return Citation(author, dataset.name, dataset.version, date, found.entry.uri, found.entry.cid)


def bibtex(citation: Citation) -> str:
    """An entry of BibTeX; what its record says cannot end a field or run a command."""
    key = "_".join(filter(None, (_key(citation.author), _key(citation.title), citation.date[:4])))
    fields = {
        "author": f"{{{_escaped(citation.author)}}}",
        "title": f"{{{_escaped(citation.title)}}}",
        "year": citation.date[:4],
        "version": None if citation.version is None else _escaped(citation.version),
        "howpublished": "AT Protocol",
        "url": citation.uri,
        "note": f"CID {citation.cid}, {citation.date}",
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value is not None]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def _key(text: str) -> str:
    return _NOT_IN_KEYS.sub("_", text).strip("_")[:40]


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in visible(text))
