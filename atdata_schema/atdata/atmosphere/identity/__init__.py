"""Who somebody is on the network: DIDs, their documents and keys, handles.

Nothing here reaches a network: look-ups are made by the `Resolver` that is given.

base58       a spelling of bytes
keys         public keys
hosts        names and addresses that a stranger may send us to
document     DID documents
dids         where the document of a DID is found
plc_log      what a directory says of a did:plc, proved by signatures
resolver     the look-ups that are needed
handles      the DID that a handle stands for
identities   both together, in both directions
"""
