"""Manifests: what the samples of a shard hold, in files beside it, and finding samples by it.

query          conditions: their text, their typed form, and what they are true of
form           what a manifest says
form_json      how it stands in its file
statistics     what it says about a field as a whole
rows           the values of all samples, as they are written to Parquet
row_reading    the same, read
arrow_columns  columns of Arrow's as those that conditions are asked of
gathering      values that are nested in samples, for a manifest that is written
writing        the manifest of a shard that was just written
beside         the files beside a shard, wherever it lies
opening        the manifest beside a shard, if it is the shard's own
earlier        manifests of the earlier release
small_columns  fields out of column files
bounds         the statistics of all shards
pruning        shards that a condition need not look into
kept           columns that were read, and are kept for the next condition
answers        conditions answered from columns
search         which samples of some shards a condition is true of
summary        what manifests say about a whole dataset
"""
