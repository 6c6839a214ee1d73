"""Reference pages in Markdown: a page for each lexicon, linked with each other, and one that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from atdata_codegen.targets.markup import cell, plain
from atdata_codegen.targets.pages import INDEX, Pages, kind_of, page_path
from atdata_codegen.targets.target import TargetInput

__all__ = ["reference_pages"]


_FORMS = (
    "A value has two forms. The sample form is what a shard of a dataset holds: msgpack, arrays as `.npy` files. The record "
    "form is what a record of the AT Protocol holds, and what its tools see: here as JSON.\n"
)


def reference_pages(given: TargetInput) -> Mapping[str, str]:
    """A page for each lexicon, `org/example/photo.md`, and `index.md`.

    The option `title` is the heading of the index.
    """
    given.only("title")
    pages = Pages(given)
    files = {page_path(nsid): pages.page(nsid) for nsid in given.nsids}
    return {INDEX: "\n".join(_index(given)), **files}


def _index(given: TargetInput) -> Iterator[str]:
    yield f"# {plain(given.text('title') or 'Lexicons')}\n"
    yield _FORMS
    groups: dict[str, list[str]] = {}
    for nsid in given.nsids:
        groups.setdefault(nsid.rpartition(".")[0], []).append(nsid)
    for group, nsids in sorted(groups.items()):
        yield f"## {plain(group)}\n"
        yield "| lexicon | what it is | description |\n|---|---|---|"
        for nsid in nsids:
            yield _row(given, nsid)
        yield ""


def _row(given: TargetInput, nsid: str) -> str:
    document = given.document(nsid)
    main = document.defs.get("main")
    said = (main.description if main is not None else None) or document.description or ""
    first = cell(said).partition(". ")[0]
    return f"| [{plain(nsid)}]({page_path(nsid)}) | {kind_of(document)} | {first} |"
