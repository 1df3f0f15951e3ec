"""What an endpoint of any dialect works on; answers nothing."""

from typing import Annotated

from fastapi import Depends, Request

from bentos.backing import Backing


# Asynchronous, or FastAPI would hand it to a thread for each request.
async def _backing(request: Request) -> Backing:
    backing: Backing = request.app.state.backing
    return backing


Bound = Annotated[Backing, Depends(_backing)]
