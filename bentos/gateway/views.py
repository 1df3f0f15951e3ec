"""What the gateway knows, as its API shows it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from bentos.contract import ModelState
from bentos.gateway.shapes import (
    ConfigurationStatus,
    DeprecatedUse,
    GatewayStatus,
    SpokenLanguage,
    SpokenLanguages,
)
from bentos.languages import info_of
from common.languages import LANGUAGES

if TYPE_CHECKING:
    from bentos.gateway.gateway import Gateway


def languages_of(states: Sequence[ModelState]) -> SpokenLanguages:
    """Each language once, with those who speak it; in the order of the codes."""
    spoken: dict[str, list[str]] = {}
    for state in states:
        for code in state.languages:
            spoken.setdefault(code, []).append(state.name)
    return SpokenLanguages(
        languages=[
            SpokenLanguage(**dict(info_of(LANGUAGES[code])), models=spoken[code])
            for code in sorted(spoken)
            if code in LANGUAGES
        ]
    )


def status_of(gateway: "Gateway") -> GatewayStatus:
    """All of it, as it is now."""
    reload = gateway.reloader.status()
    return GatewayStatus(
        profile=gateway.profile,
        configuration=ConfigurationStatus(
            loaded_at=reload.loaded_at, digest=reload.digest, error=reload.error
        ),
        flags=gateway.reloader.configuration.flags,
        splits=gateway.arms.statistics(),
        cache=asdict(gateway.cache.stats()) if gateway.cache else None,
        deprecated_use=[
            DeprecatedUse.model_validate(use, from_attributes=True)
            for use in gateway.legacy.deprecated_uses()
        ],
    )
