"""Manifests: what the samples of a shard are worth, in a file beside it, and finding samples by it.

query          conditions: their text, their typed form, and what they are true of
form           the manifest of a shard, as it stands in its file
statistics     what a manifest says about a field as a whole
rows           the values of all samples, in Parquet
gathering      values that are nested in samples, for a manifest that is written
writing        the manifest of a shard that was just written
opening        the manifest beside a shard, if it is the shard's own
earlier        manifests of the earlier release
pruning        shards that a condition need not look into
kept           columns that were read, and are kept for the next condition
search         which samples of some shards a condition is true of
summary        what manifests say about a whole dataset
"""
