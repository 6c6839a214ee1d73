"""How fast atdata reads and writes, measured beside the tools that its users would otherwise take.

`make bench` runs it all; `python -m benchmarks --help` says what can be left out. The command needs no more
than the standard library: it makes the environments of the contenders under `.bench/`, starts one process for
each contender, and lets them read in turns.
"""
