"""The reference page of one lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import dirname, relpath
from typing import Final
from urllib.parse import quote

from atdata_codegen.source.discover import path_of
from atdata_codegen.targets.examples import example_of
from atdata_codegen.targets.forms import constraints, record_form, sample_form, type_text
from atdata_codegen.targets.markup import cell, code, fenced, plain
from atdata_codegen.targets.target import TargetInput, own_objects
from atdata_schema.errors import LexiconError
from atdata_schema.lexicon import absolutise, nodes
from atdata_schema.lexicon.lower import lower_type
from atdata_schema.model import FieldModel, ObjectType, RefType, UnionType
from atdata_schema.portable import description_of
from atdata_schema.references import references

__all__ = ["INDEX", "Pages", "kind_of", "page_path"]

INDEX: Final = "index.md"
"""The page that lists all others."""

_HEAD: Final = "| field | type | sample form | record form | description |\n|---|---|---|---|---|\n"


def page_path(nsid: str) -> str:
    """The page of a lexicon.

    >>> page_path("org.example.photo")
    'org/example/photo.md'
    """
    return path_of(nsid, ".md")


def kind_of(document: nodes.Document) -> str:
    """What a lexicon is, for people."""
    match document.defs.get("main"):
        case nodes.Object():
            return "sample type"
        case nodes.Record():
            return "record"
        case nodes.PermissionSet():
            return "permission set"
        case None:
            return "shared definitions"
        case node:
            return type(node).__name__.lower()


class Pages:
    """The pages of a set of lexicons."""

    def __init__(self, given: TargetInput) -> None:
        self._given = given
        self._own = frozenset(given.nsids)
        self._users: dict[str, list[str]] = {}
        for nsid in given.nsids:
            for target in references(given.document(nsid).raw):
                self._users.setdefault(target, []).append(nsid)

    def page(self, nsid: str) -> str:
        """The page of one of them."""
        document = self._given.document(nsid)
        objects = {item.ref: item for item in own_objects(self._given, nsid)}
        names = sorted(document.defs, key=lambda name: name != "main")
        blocks = [f"# {plain(nsid)}\n"]
        blocks += _paragraphs(document.description)
        blocks += self._about(document)
        for name in names:
            blocks += self._definition(document, name, objects)
        index = relpath(INDEX, dirname(page_path(nsid)))
        return "\n".join([*blocks, f"[All lexicons]({index})\n"])

    def _about(self, document: nodes.Document) -> Iterator[str]:
        kind = kind_of(document)
        article = "An" if kind[0] in "aeiou" else "A"
        shared = "main" not in document.defs
        rows = [f"* {kind.capitalize()}." if shared else f"* {article} {kind}."]
        if self._given.has_package:
            rows.append(f"* Python: {code(self._given.modules.module(document.id))}")
        used = [self._page_link(document.id, nsid) for nsid in self._users.get(document.id, ())]
        if used:
            rows.append(f"* Referred to by {', '.join(used)}.")
        yield "\n".join(rows) + "\n"

    def _page_link(self, here: str, nsid: str) -> str:
        path = relpath(page_path(nsid), dirname(page_path(here)))
        return f"[{plain(nsid)}]({quote(path)})"

    def _link(self, here: str, ref: str) -> str:
        """What leads to an object: its name, as a link where it has a page."""
        nsid, _, name = ref.partition("#")
        shown = f"#{name}" if nsid == here and name else ref
        if nsid not in self._own:
            return code(ref)
        path = "" if nsid == here else relpath(page_path(nsid), dirname(page_path(here)))
        return f"[{code(shown)}]({quote(path)}#{quote(_anchor(name or 'main'))})"

    def _definition(
        self, document: nodes.Document, name: str, objects: dict[str, ObjectType]
    ) -> Iterator[str]:
        node = document.defs[name]
        ref = absolutise(f"#{name}", document.id)
        yield _heading(2, name)
        yield from _paragraphs(description_of(node.description))
        if isinstance(node, nodes.Record):
            yield f"Records are kept under the key {code(node.key)}.\n"
        if ref in objects:
            yield from self._object(document.id, objects[ref])
        yield from self._rest(document, name, node)
        for other, item in objects.items():
            if other.startswith(f"{document.id}#{name}."):
                inside = other.partition("#")[2]
                yield _heading(3, inside)
                yield from _paragraphs(item.description)
                yield from self._object(document.id, item, whole=False)

    def _object(self, here: str, item: ObjectType, *, whole: bool = True) -> Iterator[str]:
        if whole and self._given.has_package:
            name = self._given.modules.class_of(item.ref)
            yield f"Python: {code(f'{self._given.modules.module(here)}.{name}')}\n"
        if not item.fields:
            yield "It has no fields.\n"
        else:
            yield _HEAD + "".join(self._row(here, field) for field in item.fields)
        if whole:
            yield from self._example(item)

    def _row(self, here: str, field: FieldModel) -> str:
        marks = [] if field.required else ["optional"]
        marks += ["or null"] if field.nullable else []
        name = code(field.name) + (f"<br>{', '.join(marks)}" if marks else "")
        kind = type_text(field.type, lambda ref: self._link(here, ref))
        said = [cell(field.description)] if field.description else []
        text = " ".join([*(_ended(part) for part in said), *constraints(field)])
        parts = (name, kind, sample_form(field.type), record_form(field.type), text)
        return f"| {' | '.join(parts)} |\n"

    def _example(self, item: ObjectType) -> Iterator[str]:
        example = example_of(self._given, item.ref)
        if example is None or not (example.python or example.record):
            return
        if example.python:
            yield "An example:\n"
            yield fenced(example.python, "python")
        if example.record:
            yield "Its record form:\n" if example.python else "An example, in the record form:\n"
            yield fenced(example.record, "json")
        else:
            yield "Its record form is too large to be shown here.\n"

    def _rest(self, document: nodes.Document, name: str, node: nodes.Node) -> Iterator[str]:
        """What is no object: named texts, tokens, endpoints, permissions."""
        match node:
            case nodes.Object() | nodes.Record():
                return
            case nodes.Token():
                yield f"A token: {code(absolutise(f'#{name}', document.id))} stands for it in data.\n"
            case nodes.Query() | nodes.Procedure() | nodes.Subscription():
                yield from self._endpoint(document.id, node)
            case nodes.PermissionSet():
                yield from _permissions(node)
            case _:
                yield from self._named(document, name)

    def _named(self, document: nodes.Document, name: str) -> Iterator[str]:
        try:
            kind = lower_type(self._given.catalog, f"{document.id}#{name}")
        except LexiconError:
            kind = None
        if kind is None:
            return
        field = FieldModel(name, kind)
        text = type_text(kind, lambda ref: self._link(document.id, ref))
        rows = [f"* Type: {text}", f"* Sample form: {sample_form(kind)}"]
        rows += [f"* Record form: {record_form(kind)}"]
        rows += [f"* {sentence}" for sentence in constraints(field)]
        yield "\n".join(rows) + "\n"

    def _endpoint(
        self, here: str, node: nodes.Query | nodes.Procedure | nodes.Subscription
    ) -> Iterator[str]:
        rows: list[str] = []
        for word in ("input", "output"):
            body: nodes.Body | None = getattr(node, word, None)
            if body is not None:
                what = self._content(here, body.schema, word)
                rows.append(f"* {word.capitalize()}: {code(body.encoding)}{what}")
        if isinstance(node, nodes.Subscription) and node.message is not None:
            rows.append(f"* Messages{self._content(here, node.message.schema, 'message')}")
        for error in node.errors or ():
            said = f": {cell(error.description)}" if error.description else ""
            rows.append(f"* Error {code(error.name)}{said}")
        if rows:
            yield "\n".join(rows) + "\n"

    def _content(
        self, here: str, schema: nodes.Object | nodes.Ref | nodes.Union | None, word: str
    ) -> str:
        match schema:
            case nodes.Object():
                return f", {self._link(here, f'{here}#main.{word}')}"
            case nodes.Ref(ref=ref):
                return f", {type_text(RefType(absolutise(ref, here)), lambda full: self._link(here, full))}"
            case nodes.Union(refs=refs, closed=closed):
                targets = tuple(absolutise(ref, here) for ref in refs)
                kind = UnionType(targets, bool(closed))
                return f", {type_text(kind, lambda full: self._link(here, full))}"
            case None:
                return ""


def _permissions(node: nodes.PermissionSet) -> Iterator[str]:
    yield from _paragraphs(node.title)
    yield from _paragraphs(node.detail)
    rows = [_permission(item) for item in node.permissions]
    if rows:
        yield "\n".join(rows) + "\n"


def _permission(item: nodes.Permission) -> str:
    said = [f"{cell(key)} {_value(value)}" for key, value in item.attributes.items()]
    return f"* {code(item.resource)}" + (f": {'; '.join(said)}" if said else "")


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    return code(str(value).lower() if isinstance(value, bool) else str(value))


def _heading(level: int, name: str) -> str:
    return f'<a id="{_anchor(name)}"></a>\n\n{"#" * level} {plain(name)}\n'


def _anchor(name: str) -> str:
    """A name in an address; the names of definitions are anybody's."""
    return quote(name, safe="")


def _paragraphs(text: str | None) -> Iterable[str]:
    if text and text.strip():
        yield plain(text.strip()) + "\n"


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?:;…" else f"{text}."
