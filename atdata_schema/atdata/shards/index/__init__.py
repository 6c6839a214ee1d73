"""Where the samples of a shard lie: found fast, kept beside the shard, trusted only while it is true.

headers  many tar headers verified at once
chain    where the headers of an archive lie
scan     every sample of an archive, as the careful scanner finds them
keys     the keys of many samples in few bytes
form     the bytes at the beginning of an index file
file     an index file: written whole, read lazily and strictly
trust    the index of a shard, from beside it, from the cache, or made anew
rows     an index held against the headers of the shard
blocks   the contents of a shard held against their digests
"""
