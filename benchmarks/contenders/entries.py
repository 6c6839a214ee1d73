"""The contenders by name: what they are called, where they live, what they take part in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONTENDERS", "Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a contender is to be found.

    Attributes:
        name: what the command line calls it.
        title: what tables call it.
        place: module and class.
        environment: the environment that it runs in.
        package: the distribution whose version is reported.
        workloads: those that it takes part in.
        reads: whether it is asked to read; another one only writes.
    """

    name: str
    title: str
    place: str
    environment: str = "python"
    package: str = "atdata"
    workloads: tuple[str, ...] = ("W1", "W2", "W3", "W4")
    reads: bool = True


_ENTRIES = (
    Entry("ours", "atdata", "ours:Ours"),
    Entry("ours-columns", "atdata, column sidecar", "ours:OursWithColumns", workloads=("W3", "W4")),
    Entry("ours-undigested", "atdata, without digests", "ours:OursWithoutDigests", reads=False),
    Entry("peer", "atdata 0.7", "peer:Peer", environment="peer"),
    Entry("webdataset", "webdataset, decoded and stacked", "wds:WebDataset", package="webdataset"),
    Entry("mosaicml", "MosaicML streaming", "mosaicml:Mosaic", package="mosaicml-streaming"),
    Entry("litdata", "litdata", "litdata_stream:LitData", package="litdata"),
    Entry(
        "huggingface", "Hugging Face, numpy format", "huggingface:HuggingFace", package="datasets"
    ),
    Entry("arrow", "Arrow IPC, copied out", "arrow:Arrow", package="pyarrow"),
    Entry(
        "arrow-one",
        "Arrow IPC, copied out, one record batch",
        "arrow:ArrowOneBatch",
        package="pyarrow",
    ),
    Entry("lance", "Lance", "lance_files:Lance", package="pylance"),
    Entry(
        "copy",
        "numpy copy into a warm buffer",
        "copying:Copying",
        package="numpy",
        workloads=("W1", "W2", "W4"),
    ),
)

CONTENDERS = {entry.name: entry for entry in _ENTRIES}
