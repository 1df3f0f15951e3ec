"""Which of the predecessor's servers a gateway stands for; not what these answer."""

from enum import StrEnum


class Profile(StrEnum):
    """A server of the predecessor, and the profile in which its answers come first."""

    MAIN = "main"
    MULTIMODEL = "multimodel"
    SINGLE = "single"
    AYA = "aya"


def order_of(profile: Profile) -> tuple[Profile, ...]:
    """The servers asked for a path: the profile's own, then the others in their fixed order."""
    return (profile, *(other for other in Profile if other is not profile))
