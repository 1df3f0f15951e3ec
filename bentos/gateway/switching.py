"""The switch over HTTP, `/api/v1/switch`: reading and setting it; not who may."""

from typing import Annotated, Final

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from bentos.gateway.comparison import Report
from bentos.gateway.switch import Switch

PATH: Final = "/api/v1/switch"
"""Reading it is for everybody with a key; `PUT` needs the scope `manage`."""


class SwitchSetting(BaseModel):
    """What to change; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    weight_new: Annotated[float, Field(ge=0, le=100)] | None = None
    """Percent of the old paths' requests that the new system answers."""
    shadow: bool | None = None
    """Whether each is asked of the other one too, to compare the answers."""


def create_router(switch: Switch) -> APIRouter:
    """Of one switch."""
    router = APIRouter(prefix=PATH, tags=["switch"])

    @router.get("", operation_id="show_switch")
    async def show() -> Report:
        """What the switch did since the start."""
        return switch.report()

    @router.put("", operation_id="set_switch")
    async def change(setting: Annotated[SwitchSetting, Body()]) -> Report:
        """Change it, from the next request on."""
        if setting.weight_new is not None:
            switch.weight_new = setting.weight_new
        if setting.shadow is not None:
            switch.shadow = setting.shadow
        return switch.report()

    return router
