"""The contract of providers as tests: subclass it where pytest collects, and give it yours.

    from atdata.testing.providers import ProviderContract

    class TestMine(ProviderContract):
        @pytest.fixture
        def provider(self):
            provider = MyProvider(...)  # whose tables are empty
            yield provider
            provider.close()

`atdata.testing.provider_machine` has a state machine that goes further where time allows.
"""

from __future__ import annotations

import pytest

from atdata.index.providers.provider import Provider
from atdata.testing.provider_concurrency import ConcurrencyContract
from atdata.testing.provider_entries import EntryContract
from atdata.testing.provider_leases import LeaseContract
from atdata.testing.provider_lenses import LensContract
from atdata.testing.provider_search import SearchContract

__all__ = ["ProviderContract"]


class ProviderContract(
    EntryContract, LensContract, SearchContract, LeaseContract, ConcurrencyContract
):
    """Every test of the contract, for the provider of the fixture `provider`."""

    @pytest.fixture
    def provider(self) -> Provider:
        """The provider to be tested, its tables empty."""
        raise NotImplementedError("give a fixture named provider")
