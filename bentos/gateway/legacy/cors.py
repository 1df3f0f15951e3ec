"""Which pages elsewhere may read the answers, as each of the predecessor's servers allowed."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from bentos.gateway.legacy.profiles import Profile

_METHODS_OF_AYA = ("GET", "POST", "PUT", "DELETE", "OPTIONS")


def opened(app: ASGIApp, profile: Profile) -> ASGIApp:
    """The app behind the profile's CORS: any origin, as its clients are pages of others."""
    if profile is Profile.AYA:
        return CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=_METHODS_OF_AYA,
            allow_headers=["*"],
            expose_headers=["*"],
        )
    return CORSMiddleware(
        app, allow_origins=["*"], allow_credentials=True, allow_methods=["*"], allow_headers=["*"]
    )
