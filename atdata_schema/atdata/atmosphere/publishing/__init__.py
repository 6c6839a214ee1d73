"""Publishing: datasets, schemas, lenses and labels become records of an account.

A publication is prepared first: where its shards are to be had, which of them have to be uploaded, how large ones
are cut, and what each record will say. Then the uploads go up, and last all records appear in one commit.
"""
