"""The user's account on Modal: deploying the inference app, finding it, watching it, stopping it.

The only module of the engine that imports ``modal``, and only when an account is opened. Every question to
Modal's control plane is bounded in time, and every failure of it is one of our own errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.endpoints.modal_wording import TOKENS_PAGE
from engine.errors import EndpointError, EndpointUnreachable, SettingsError

if TYPE_CHECKING:
    import modal

ANSWER_S = 15.0
"""How long one question to the control plane may take, in seconds; the client itself would try for a minute."""

_DEPLOY_S = 3600.0
"""How long a deployment may take, in seconds: the first one builds an image of several gigabytes."""

_SIGN_IN = """\
Run these two commands:
  modal token new      # opens a browser; without one: modal token set --token-id ak-… --token-secret as-…
  lift modal deploy"""


class ModalRefused(EndpointError):
    """Modal's control plane answers, but does not do what it was asked."""

    kind = "modal"


class NotDeployed(ModalRefused):
    """There is no such app, or it was stopped."""

    kind = "modal-not-deployed"


@dataclass(frozen=True, slots=True)
class Deployment:
    """The app as the control plane knows it.

    Args:
        url: where its server is reached.
        state: ``deployed``, or what else it is.
        version: how many times it has been deployed.
        deployed_at: when that was the last time.
        deployed_by: by whom.
        containers: how many containers are up and registered now; None when that cannot be told.
    """

    url: str
    state: str
    version: int | None
    deployed_at: datetime | None
    deployed_by: str | None
    containers: int | None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A piece of the containers' output; it ends as it was written, so it may lack its newline."""

    at: datetime
    text: str


def require_credentials() -> tuple[str, str]:
    """Token id and secret of the user's account, from Modal's own configuration.

    Raises:
        SettingsError: there are none; the message names the commands that get some.
    """
    from modal.config import config

    token_id, secret = str(config.get("token_id") or ""), str(config.get("token_secret") or "")
    if not (token_id and secret):
        raise SettingsError("There are no credentials for Modal on this machine.", _SIGN_IN)
    return token_id, secret


@asynccontextmanager
async def account() -> AsyncGenerator[Account]:
    """The user's account, after Modal has said that it knows it.

    Raises:
        SettingsError: there are no credentials, or Modal does not accept them.
        EndpointUnreachable: Modal does not answer within :data:`ANSWER_S` seconds.
    """
    credentials = require_credentials()
    import modal

    client: Any = None
    try:
        with _translated():
            async with asyncio.timeout(ANSWER_S):
                client = await modal.Client.from_credentials.aio(*credentials)
                await client.hello.aio()
        yield Account(client)
    finally:
        if client is not None:
            await client.__aexit__(None, None, None)


class Account:
    """An open account; get one from :func:`account`. Every method raises :class:`engine.errors.LiftError` only."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def deploy(self, app: modal.App, *, show_output: bool = True) -> None:
        """Deploy ``app``, showing how its image is built.

        Raises:
            ModalRefused: the image cannot be built, or Modal does not take the deployment.
        """
        import modal

        with _translated():
            async with asyncio.timeout(_DEPLOY_S):
                if show_output:
                    with modal.enable_output():
                        await app.deploy.aio(client=self._client)
                else:
                    await app.deploy.aio(client=self._client)

    async def find(self, app: str, server: str) -> Deployment:
        """The deployed app called ``app``, whose server class is called ``server``.

        Raises:
            NotDeployed: there is none.
        """
        import modal

        async with self._asking(app):
            found: Any = await modal.App.lookup.aio(app, client=self._client)
            lifecycle = (await found.info.aio()).lifecycle
            handle: Any = modal.Server.from_name(app, server, client=self._client)
            url = await handle.get_url.aio()
        if not url:
            raise NotDeployed(f"The app {app} on Modal has no server called {server}.", "Deploy it: lift modal deploy")
        return Deployment(
            url=str(url).rstrip("/"),
            state=lifecycle.state.value,
            version=lifecycle.version,
            deployed_at=lifecycle.deployed_at,
            deployed_by=lifecycle.deployed_by,
            containers=await self._containers(handle),
        )

    async def stop(self, app: str) -> None:
        """Stop the app: its containers end, and its URL answers 404.

        Raises:
            NotDeployed: there is none.
        """
        import modal

        async with self._asking(app):
            found: Any = await modal.App.lookup.aio(app, client=self._client)
            await found.stop.aio(client=self._client)

    async def end_containers(self, app: str, server: str) -> int:
        """End every container that is up now, as scaling to zero would; returns how many there were.

        The app stays deployed, so the next request starts a container again.

        Raises:
            NotDeployed: there is no such app.
            ModalRefused: containers cannot be told or ended with this version of Modal's client.
        """
        import modal
        from modal_proto import api_pb2

        utils: Any = import_module("modal._utils.async_utils")

        async def end(client: Any, container_ids: list[str]) -> None:
            # What `modal container stop` does; the client has no public function for it.
            for container_id in container_ids:
                await client._stub.ContainerStop(api_pb2.ContainerStopRequest(task_id=container_id))

        handle: Any = modal.Server.from_name(app, server, client=self._client)
        if not hasattr(handle, "_experimental_list_containers"):
            raise ModalRefused("This version of Modal's client does not tell which containers are up.", "")
        async with self._asking(app):
            up = [container.container_id for container in await handle._experimental_list_containers.aio()]
            await utils.synchronize_api(end).aio(self._client, up)  # in the loop that the client lives in
        return len(up)

    async def logs(self, app: str, *, lines: int, follow: bool) -> AsyncGenerator[LogLine]:
        """The newest output of the app's containers, oldest first; with ``follow``, without an end.

        Raises:
            NotDeployed: there is none.
        """
        import modal

        async with self._asking(app):
            found: Any = await modal.App.lookup.aio(app, client=self._client)
            entries = [entry async for entry in found.logs.tail.aio(lines)]
        for entry in entries:
            yield LogLine(entry.timestamp, entry.message)
        if follow:
            with _translated(app):
                async for entry in found.logs.stream.aio():
                    yield LogLine(entry.timestamp, entry.message)

    async def new_proxy_token(self, name: str) -> str:
        """Make a proxy token, which is what the deployed server asks of its callers; ``wk-….ws-…``.

        Raises:
            ModalRefused: this account may not make one; the message says how to do it by hand.
        """
        try:
            async with self._asking():
                token = await self._tokens().create.aio(name=name)
        except ModalRefused as error:
            raise ModalRefused(
                f"Modal does not let this account make a proxy token ({error.what}).",
                f"Make one at {TOKENS_PAGE}, then run:\n"
                "  export LIFT_PROXY_TOKEN=wk-….ws-…\n"
                "  lift modal deploy --key-env LIFT_PROXY_TOKEN",
            ) from error
        return f"{token.token_id}.{token.token_secret}"

    async def knows_proxy_token(self, key: str) -> bool:
        """Whether the proxy token ``key`` still exists.

        Raises:
            ModalRefused: this account may not list them.
        """
        async with self._asking():
            known = await self._tokens().list.aio()
        return key.partition(".")[0] in {token.token_id for token in known}

    def _tokens(self) -> Any:
        import modal

        return modal.Workspace.from_context(client=self._client).proxy_tokens

    async def _containers(self, server: Any) -> int | None:
        """Experimental in the pinned client, so that it may be missing; nothing depends on it."""
        if not hasattr(server, "_experimental_list_containers"):
            return None
        async with self._asking():
            return len(await server._experimental_list_containers.aio())

    @asynccontextmanager
    async def _asking(self, app: str = "") -> AsyncGenerator[None]:
        with _translated(app):
            async with asyncio.timeout(ANSWER_S):
                yield


@contextmanager
def _translated(app: str = "") -> Generator[None]:
    """Modal's errors as ours."""
    from modal import exception

    try:
        yield
    except exception.AuthError as error:
        raise SettingsError(f"Modal does not accept the credentials on this machine: {error}.", _SIGN_IN) from error
    except exception.NotFoundError as error:
        raise NotDeployed(
            f"There is no app {app} on Modal: it was never deployed, or it was stopped." if app else str(error),
            "Deploy it: lift modal deploy",
        ) from error
    except (TimeoutError, exception.ConnectionError) as error:
        raise EndpointUnreachable(
            f"Modal does not answer ({str(error) or f'nothing within {ANSWER_S:.0f} s'}).",
            "Is this machine online? https://status.modal.com tells whether Modal is.",
        ) from error
    except exception.PermissionDeniedError as error:
        raise ModalRefused(
            f"This account may not do that on Modal: {error}.", "Ask an owner of the workspace."
        ) from error
    except exception.Error as error:
        raise ModalRefused(
            f"Modal could not do it: {error}.", "https://modal.com/apps shows its side of it."
        ) from error
