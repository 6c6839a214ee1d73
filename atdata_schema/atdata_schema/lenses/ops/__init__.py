"""The operators of the language: what each takes, does, and gives back; one family a module."""
