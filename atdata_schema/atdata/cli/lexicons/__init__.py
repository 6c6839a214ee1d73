"""Commands about lexicons on the network, which `atdata-gen` finds by the entry points `atdata_gen.commands`.

asking    what they have in common: the project, the account, questions
pull      fetch lexicons of others
compare   `status` and `diff`: a project's lexicons beside what is published
publish   `publish` and `unpublish`
dns       `check-dns`: whether the domains name the account
"""
