"""Wrong uses of compiled records: each line marked `refused` must be an error, and no other."""

from __future__ import annotations

from atdata_lexicons.science.alt.dataset.label import Label

uri = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/science.alt.dataset.entry/3kabc2defgh2a"
label = Label(name="mnist", datasetUri=uri, createdAt="2026-02-26T00:00:00Z")

Label(name="mnist", datasetUri=uri)  # refused: createdAt is required
Label(name=1, datasetUri=uri, createdAt="2026-02-26T00:00:00Z")  # refused: a name is a text
len(label.version)  # refused: it may be None
label.uri  # refused: no such property
