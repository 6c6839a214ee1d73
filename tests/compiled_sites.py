"""Compiled packages as an installer leaves them: the modules, the metadata, the entry point."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from atdata_codegen.emit import compile_documents
from atdata_schema.lexicon import Catalog

__all__ = ["install"]


def install(
    site: Path,
    name: str,
    version: str,
    *documents: Mapping[str, object],
    needs: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """Compile documents into the package `name`, and install that into a folder of packages.

    Args:
        site: the folder.
        name: of the distribution and of the import package.
        version: of the distribution.
        documents: what it compiles.
        needs: modules of other packages, to the documents that they hold.
    """
    catalog = Catalog()
    for document in (*documents, *(needs or {}).values()):
        catalog.add(document)
    external = {str(document["id"]): module for module, document in (needs or {}).items()}
    own = [str(document["id"]) for document in documents]
    compiled = compile_documents(catalog, own, name, external)
    assert compiled.findings == []
    for path, data in compiled.files.items():
        place = site / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    about = site / f"{name}-{version}.dist-info"
    about.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (about / "METADATA").write_text(metadata, "utf-8")
    points = f"[atdata.lexicons]\n{name} = {name}\n"
    (about / "entry_points.txt").write_text(points, "utf-8")
    return site
