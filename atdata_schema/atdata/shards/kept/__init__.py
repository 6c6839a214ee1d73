"""Blocks of shards elsewhere, kept on disk as they are fetched.

`blocks/` in the cache folder has two files for each shard: `<name>.tar`, as large as the shard, with holes where a block is not
there, and `<name>.have`, one byte a block, 1 where it is. Both are named by the digests of the shard's blocks, which are what
it is: whoever has these reads the same bytes, from whichever address they came. Nobody locks them. The bytes of a block are
written before it is said to be there, and everybody who writes one writes the same; what others left is held
against its digest before it is used. So whatever was killed, cut short or damaged, it is fetched again.

allowance   how much may still be written
region      addresses for the shards of a dataset, one behind the other
files       the two files of a shard
shard       the blocks of one shard
growing     a shard that is read from its beginning
keeping     what the shards of a dataset have in common
"""
