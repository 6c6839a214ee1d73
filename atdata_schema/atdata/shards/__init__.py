"""Tar shards: how samples lie in files, and how they are written and read.

The layout is that of WebDataset: one member `<key>.msgpack` for each sample. This package knows keys and
payloads; what a payload means is the business of the sample class.
"""
