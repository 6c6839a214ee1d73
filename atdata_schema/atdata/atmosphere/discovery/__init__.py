"""Datasets of others, found without a server of ours.

limits           how much is taken from one repository, one relay, one stream
catalogue        what is known of others' records, in a SQLite file that processes share
layout           its tables
record_rows      a record as the catalogue keeps it
filing           records put in and taken out
types_of_entries entries and the types that they name
field_paths      the fields of a type by their paths
field_tokens     what a field is found by
field_patterns   `image: uint8[H, W, 3]`, and what it asks for
query            what is looked for, checked
searching        what is looked for, found
type_matches     types that a type reads, or that a lens leads from
match            how a type fits another
lens_edges       lenses of others, checked before they count
published_lenses a lens that somebody published, for use
found            a dataset that was found
searches         searching, as `Atmosphere` offers it
methods          what `Atmosphere` offers of all this
relays           which repositories have records of a collection
repositories     the records of one repository
refreshing       the catalogue brought up to date
frames           messages of a firehose
firehose         events of a firehose, with their proof
jetstream        events of a Jetstream, of both versions
events           what happened to a record
connecting       WebSockets to public addresses
event_filing     what a stream says, filed
watching         streams followed, and filed as they come
"""
