"""What users of atdata test their own code with."""

import sys as _sys

if "pytest" in _sys.modules:
    # So that an assertion of a contract says what it compared, as those of a test module do.
    _sys.modules["pytest"].register_assert_rewrite(
        *(
            f"{__name__}.{part}"
            for part in ("provider_entries", "provider_search", "provider_leases")
        ),
        *(f"{__name__}.{part}" for part in ("provider_concurrency", "provider_machine")),
    )
