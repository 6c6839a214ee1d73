"""Reading what others published: from a name to proved records, and to shards that are verified as they arrive.

references      what a user types
seen_states     states of repositories that were seen, and whose handles were
kept_records    proofs of records, kept for reading offline
fetching        records from the servers of their owners, proved
labels          from a name to the entry that it stands for
places          where the shards of a record lie
lock_file       `atdata.lock`: what was read, pinned
published       a dataset that was found
resolving       all of it: from a reference to what can be loaded
"""
