"""The compiler: lexicon documents in, a typed Python package out.

The command is `atdata-gen`. Every stage is a function of its input, and each collects all its findings:

    project     which folders of lexicons, and where the package goes
    source      JSON with the place of every value; which file holds which NSID
    rules       matters of style, and the `x-atdata` extension
    analysis    the documents read, checked by the kernel and by the rules
    compilation the analysis, and the files that it leads to
    outputs     those files compared with the disk: written, shown as a diff, or removed
    commands    one module a command, imported when it is asked for
"""
