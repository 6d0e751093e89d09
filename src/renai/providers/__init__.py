"""Providers say what a document is: models behind an endpoint, or heuristics in this process.

The names below are public, for packages that add a provider (docs/extending.md). The modules beside
this one are internal. Names are imported on first use, so that importing this package costs
nothing.
"""

from __future__ import annotations

from renai.lazy_names import lazy_names

TYPE_CHECKING = False  # not `typing.TYPE_CHECKING`: that import would take most of the time
if TYPE_CHECKING:
    from renai.providers.base import Answer as Answer
    from renai.providers.base import Attempt as Attempt
    from renai.providers.base import Provider as Provider
    from renai.providers.base import Report as Report
    from renai.providers.base import unreported as unreported
    from renai.providers.budget import Budget as Budget
    from renai.providers.prices import FREE as FREE
    from renai.providers.prices import Tariff as Tariff
    from renai.providers.registry import ProviderSetup as ProviderSetup
    from renai.providers.registry import Service as Service
    from renai.providers.schema import read_answer as read_answer
    from renai.usage.cost import Cost as Cost

_HOMES = {
    "Answer": "renai.providers.base",
    "Attempt": "renai.providers.base",
    "Budget": "renai.providers.budget",
    "Cost": "renai.usage.cost",
    "FREE": "renai.providers.prices",
    "Provider": "renai.providers.base",
    "ProviderSetup": "renai.providers.registry",
    "Report": "renai.providers.base",
    "Service": "renai.providers.registry",
    "Tariff": "renai.providers.prices",
    "read_answer": "renai.providers.schema",
    "unreported": "renai.providers.base",
}

__all__ = [
    "FREE",
    "Answer",
    "Attempt",
    "Budget",
    "Cost",
    "Provider",
    "ProviderSetup",
    "Report",
    "Service",
    "Tariff",
    "read_answer",
    "unreported",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
