"""What proves that a record is somebody's. Nothing here reaches a network.

limits          how large a proof may be
car_frames      the sections of a CAR, each held against its CID
car             a CAR in memory
car_file        a CAR on disk, of a whole repository
tree_keys       the keys of a repository's tree, and the layer that each belongs to
tree_node       a node of the tree
tree_proof      whether a record is in a tree
tree_walk       all records of a tree
commits         the signed head of a repository
signatures      a signature is that of a key
levels          how much is proved
revisions       revisions that were seen before
verification    a record, proved
"""
