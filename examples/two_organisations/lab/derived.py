"""The lab looks for datasets that name one of its own as their source.

python derived.py
"""

from __future__ import annotations

from atdata.atmosphere import Atmosphere


def main() -> None:
    """Print them."""
    account = Atmosphere.kept()
    assert account.handle is not None
    for own in account.by(account.handle):
        for found in account.derived_from(own):
            print(f"{found.name} of {found.handle} is made from {own.name}")


if __name__ == "__main__":
    main()
