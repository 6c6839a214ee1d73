"""Lexicons of others in a project: from folders, git, installed packages and the network, pinned in `lexicons.json`.

origin    what a source holds, and the address that each of its lexicons is pinned by
folders   `file:`, a folder beside the project
gits      `git+…@commit`, read from the objects of a repository, which is never checked out
packages  `pkg:pypi/…`, what an installed package has compiled; nothing is copied
sources   all of them together, and the network where the runtime brings it
"""
