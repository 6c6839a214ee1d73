"""Datasets on the AT Protocol network.

identity   who somebody is: DIDs, their documents and keys, handles
proofs     what proves that a record is somebody's
records    what the records say: datasets, sample types, labels, lenses
"""
