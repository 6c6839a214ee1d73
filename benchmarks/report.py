"""The report: `results.json` becomes `benchmarks.md` and its pictures.

It runs in the environment of the contenders, which has matplotlib: `python -m benchmarks.report docs`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.bounds import bounds_parts
from benchmarks.compile_tables import compile_parts
from benchmarks.loader_speed import loader_parts
from benchmarks.managed_tables import managed_parts
from benchmarks.plots import draw
from benchmarks.remote_speed import remote_parts
from benchmarks.results import Results, load_results
from benchmarks.tables import others_table, rates_table, ratios_table, table

__all__ = ["main"]

_TITLES = {
    "W1": "float32 images 224 x 224 x 3, a text, a float; batches of 64",
    "W2": "uint8 images 224 x 224 x 3, an integer; batches of 64",
    "W3": "records of 3 integers, 2 floats and 2 short texts; batches of 256",
    "W4": "embeddings of 768 float16, a text; batches of 256",
}

_HOW = """## How it was measured

* One process for each contender, all alive at once and asleep until their turn. In each round every contender has one turn, a different one
  first; a figure is the median of {rounds} rounds, and ± is half of their range. One process reads, without workers of its own unless its
  library starts threads by itself.
* The data is in {data} and is read before: nothing waits for a disk. Each contender reads what it wrote itself, from the same samples;
  webdataset and atdata 0.7 read tars, as atdata does.
* First a gate: each contender must deliver every sample of an epoch once, in both orders. A digest that mixes all fields of a sample with
  each other is compared with that of the samples as they were made. These epochs also warm every process up; ours verifies the shards in
  the first.
* Every column is materialised in the form that its user gets: ours are attributes of the batch, scalars as lists. Then it is touched:
  {touch}
* A round takes about {seconds:g} s at most. Who needs longer for an epoch reads a part of one (marked `*`), after a lead-in of {lead:.0%} of
  that part which does not count, so that buffers for shuffling are full. Who needs less reads several epochs.
* atdata hands out buffers that are used again. The others make new arrays for each batch, as their interfaces have it: for large batches
  most of their time goes to memory that is mapped anew. The numpy copy uses one warm buffer, and copies the array column alone.
* Writing ends when the data is named and complete. atdata computes SHA-256 of each shard and of each of its blocks on the way, two passes over
  all bytes; atdata 0.7 computes no digest. For large samples these passes are most of the time; `digests=False` leaves them out.
* Private memory of an epoch has in it what says where samples lie, which is read when the data is opened anew: 8 bytes a sample, 4 to 8 for an
  order, and with column sidecars the columns themselves, once. For samples of 100 bytes that is more than any batch; it does not grow with the epochs.
* Hugging Face's numpy format widens: uint8 to int64, float16 and float64 to float32. Arrow's `take` on a table of many record batches is
  slow; the row with one record batch shows the same file written in one piece.
* webdataset has an array as `.npy` and the other fields as `.json`; it shuffles shards and a buffer of 1,000 samples, atdata 0.7 shards and
  a buffer of 10,000, litdata chunks and the samples in them, MosaicML blocks. Ours, Hugging Face, Arrow and Lance shuffle globally.
"""

_TOUCH = {
    "all": "of an array one 8-byte word in each 64-byte line, of every text its length, of numbers their sum.",
    "lines": "of an array one 8-byte word in each 64-byte line, of a list its first and last element.",
}


def main() -> None:
    """Write the report beside its results."""
    folder = Path(sys.argv[1])
    results = load_results(folder / "benchmarks" / "results.json")
    pictures = draw(results, folder / "benchmarks")
    text = _text(results, pictures)
    (folder / "benchmarks.md").write_text(text)
    print("\n".join(["", ratios_table(results, "ours"), "", *_with_columns(results)]))
    print(f"\n{folder / 'benchmarks.md'}")


def _text(results: Results, pictures: list[str]) -> str:
    parts = [
        "# Benchmarks\n",
        "Written by `make bench`, never by hand. Ratios travel from machine to machine; absolute figures do not.\n",
        _about(results.about),
        "## Reading: how many times as fast\n",
        "Our samples a second, divided by theirs. In brackets the goal; bold where it is reached.\n",
        f"{ratios_table(results, 'ours')}\n",
        *_with_columns(results),
        "## Reading: samples a second\n",
    ]
    for workload in results.reading:
        parts.append(
            f"**{workload}**: {_TITLES[workload]}; {results.about['counts'][workload]:,} samples.\n"
        )
        if f"{workload}.png" in pictures:
            parts.append(f"![{workload}](benchmarks/{workload}.png)\n")
        parts.append(f"{rates_table(results, workload)}\n")
    if results.aspects:
        parts.append("## Writing, opening, resuming\n")
        if "writing.png" in pictures:
            parts.append("![writing](benchmarks/writing.png)\n")
        parts.append(f"{others_table(results)}\n")
    parts += [
        *bounds_parts(results),
        *loader_parts(results),
        *remote_parts(results),
        *managed_parts(results),
        *compile_parts(results),
    ]
    parts.append(_how(results.about))
    if results.missing:
        parts.append("## Without a figure\n")
        parts.append("\n".join(f"* {line}" for line in results.missing) + "\n")
    return "\n".join(parts)


def _with_columns(results: Results) -> list[str]:
    if not any(
        "ours-columns" in rates for orders in results.reading.values() for rates in orders.values()
    ):
        return []
    return [
        "With the column sidecar, which holds the small fields:\n",
        f"{ratios_table(results, 'ours-columns')}\n",
    ]


def _about(about: dict[str, Any]) -> str:
    versions = [
        [name, ", ".join(f"{package} {version}" for package, version in each.items())]
        for name, each in about["versions"].items()
    ]
    quick = " Quick: small data, for trying; its figures mean little." if about["quick"] else ""
    made = f"`{about['command']}`, {about['date']}, revision {about['revision']}"
    where = f"{about['machine']}; load when it began: {about['load']}"
    later = "".join(
        f"\n* {_anew(part, one, about['machine'])}" for part, one in about.get("parts", {}).items()
    )
    later = later and f"{later}\n"
    return f"{made}; {where}.{quick}\n{later}\n{table(['environment', 'versions'], versions)}\n"


def _anew(part: str, one: dict[str, Any], usual: str) -> str:
    """When and where a part was measured after the others."""
    machine = one.get("machine", usual)
    where = "" if machine == usual else f" on {machine}"
    return (
        f"{part}: measured anew{where}, {one['date']}, revision {one['revision']}, {one['rounds']} rounds of about "
        f"{one['seconds']:g} s; load when it began: {one['load']}"
    )


def _how(about: dict[str, Any]) -> str:
    return _HOW.format(
        rounds=about["rounds"],
        data=about["data"],
        touch=_TOUCH[about["touch"]],
        seconds=about["seconds"],
        lead=about["lead"],
    )


if __name__ == "__main__":
    main()
