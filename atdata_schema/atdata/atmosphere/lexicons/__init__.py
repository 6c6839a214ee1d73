"""Lexicons on the network: found by the domain that an NSID names, fetched with everything that they refer to, and published.

authority  who may publish a lexicon: DNS
fetching   a lexicon from its owner's repository, proved
project    the lexicons of a folder: our own, and those that were fetched
comparing  ours beside what is published
breaking   what replacing published lexicons would break
sending    publishing and taking away, all at once

`lexicons.json`, and fetching with references, are the kernel's (`atdata_schema.vendored.manifest`, `.pulling`): the compiler installs by them too.
"""
