"""Compiling when a project is built: a hook for hatchling and a command for setuptools.

compiling   what both do: the project compiled in place, and which files a distribution has to hold
hatchling   `[tool.hatch.build.hooks.atdata-gen]`
setuptools  the command `atdata_gen`, before `build` and `egg_info`

Both import the compiler and the kernel alone, so a build needs neither the runtime nor its extras.
"""
