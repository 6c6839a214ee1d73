"""Shards that lie elsewhere: fetched by ranges, verified, and read as local ones are.

following  a shard read from its beginning, its samples noted as they come by
indexing   where the samples of a shard lie: from its index file, from the cache, or by reading it once
blocks     blocks that were fetched last, in memory, up to a bound
memory     what is received into, warm
plan       what is read for rows of a shard
placing    where they lie once it came
rounds     what is fetched at a time
shard      the rows of one shard: what is fetched for them, and whether it is what it should be
contents   rows of many shards, fetched together
"""
