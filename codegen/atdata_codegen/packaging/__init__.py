"""From a folder of lexicons to an installable project.

layout     what the project is called, and where everything lies in it
pyproject  its pyproject.toml, which is the user's from then on
readme     its README, made from descriptions
making     all of it, compared with what is there
"""
