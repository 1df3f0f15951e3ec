"""The switch over HTTP, `/api/v1/switch`: reading and setting it; not who may."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bentos import openapi
from bentos.errors import NotFoundError
from bentos.gateway.comparison import Report
from bentos.gateway.switch import Switch

PATH: Final = "/api/v1/switch"
"""Reading it is for everybody with a key; `PUT` needs the scope `manage`."""


router = APIRouter(prefix=PATH, tags=["migration"], strict_content_type=False)


class SwitchSetting(BaseModel):
    """What to change; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    weight_new: Annotated[float, Field(ge=0, le=100, strict=True)] | None = None
    """Percent of the old paths' requests that the new system answers."""
    shadow: StrictBool | None = None
    """Whether each is asked of the other one too, to compare the answers."""


async def _switch(request: Request) -> Switch:
    switch: Switch | None = getattr(request.app.state, "switch", None)
    if switch is None:
        raise NotFoundError("No old system is configured beside this one.")
    return switch


Bound = Annotated[Switch, Depends(_switch)]


@router.get("", operation_id="get_switch", responses=openapi.errors(401, 403, 404, 429, 500))
async def get_switch(switch: Bound) -> Report:
    """What the switch did since the start."""
    return switch.report()


@router.put("", operation_id="set_switch", responses=openapi.errors(401, 403, 404, 422, 429, 500))
async def set_switch(setting: SwitchSetting, switch: Bound) -> Report:
    """Change it, from the next request on."""
    if setting.weight_new is not None:
        switch.weight_new = setting.weight_new
    if setting.shadow is not None:
        switch.shadow = setting.shadow
    return switch.report()
