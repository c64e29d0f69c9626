"""Modal's control plane on loopback: it notes every request, and answers just enough for a deployment.

The messages are private to the client, so this fits the pinned version of ``modal`` and no other.
"""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpclib
import grpclib.const
import grpclib.server
from google.protobuf.message import Message
from modal._utils.async_utils import synchronize_api
from modal.client import Client
from modal_proto import api_grpc, api_pb2

BUILDER_VERSION = "2025.06"
TOKEN = ("ak-loopback", "as-loopback")


class ControlPlane:
    """What it was asked for, and how it answers.

    ``calls`` holds (method, request) in order. ``refusals`` are gRPC statuses by method, ``silent`` methods are
    never answered. ``tokens`` are the ids of proxy tokens that exist, ``containers`` how many are up.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.url = ""
        self.refusals: dict[str, grpclib.const.Status] = {}
        self.silent: set[str] = set()
        self.deployed = False
        self.server_url = "https://me--lift-inference-inference.us-east.modal.direct"
        self.containers = 0
        self.tokens: list[str] = []
        self.log: list[str] = []

    def requests(self, method: str) -> list[Any]:
        return [request for name, request in self.calls if name == method]

    @contextmanager
    def client(self) -> Iterator[Client]:
        with Client(self.url, api_pb2.CLIENT_TYPE_CLIENT, TOKEN) as client:
            yield client

    @property
    def server(self) -> api_pb2.Function:
        """The function that the app publishes, as it was created."""
        (function,) = [
            request.function for request in self.requests("FunctionCreate") if not request.function.is_builder_function
        ]
        return function

    @property
    def build_step(self) -> api_pb2.Function:
        """The function that runs while the image is built."""
        (function,) = [
            request.function for request in self.requests("FunctionCreate") if request.function.is_builder_function
        ]
        return function

    @property
    def layers(self) -> list[api_pb2.Image]:
        """The image's layers, from the base upwards."""
        by_id = {_image_id(index): request.image for index, request in enumerate(self.requests("ImageGetOrCreate"))}
        layers, at = [], self.server.image_id
        while at:
            layers.append(by_id[at])
            at = by_id[at].base_images[0].image_id if by_id[at].base_images else ""
        return layers[::-1]

    @property
    def commands(self) -> list[str]:
        """Every Dockerfile line of the image."""
        return [line for layer in self.layers for line in layer.dockerfile_commands]

    def mounts(self, function: api_pb2.Function) -> dict[str, str]:
        """Volume names of a function by mount path."""
        names = {f"vo-{request.deployment_name}": request.deployment_name for request in self._volumes}
        return {mount.mount_path: names[mount.volume_id] for mount in function.volume_mounts}

    @property
    def _volumes(self) -> list[api_pb2.VolumeGetOrCreateRequest]:
        return self.requests("VolumeGetOrCreate")

    def answer(self, method: str, request: Any, reply_type: type[Message]) -> Message:
        """The reply to one request; an empty one where nothing in it matters."""
        special: dict[str, Callable[[], Message]] = {
            "AppCreate": lambda: api_pb2.AppCreateResponse(app_id="ap-1"),
            "AppGetOrCreate": lambda: api_pb2.AppGetOrCreateResponse(app_id="ap-1", handle_metadata=self._app()),
            "FunctionGet": lambda: api_pb2.FunctionGetResponse(
                function_id="fu-1",
                handle_metadata=self._handle(),
                function=_function_data(api_pb2.Function(function_name="Inference", is_server=True)),
            ),
            "FlashContainerList": lambda: api_pb2.FlashContainerListResponse(
                containers=[
                    api_pb2.FlashContainerListResponse.Container(task_id=f"ta-{number}")
                    for number in range(self.containers)
                ]
            ),
            "WebhookTokenCreate": self._new_token,
            "WebhookTokenList": lambda: api_pb2.WebhookTokenListResponse(
                tokens=[api_pb2.WebhookToken(token_id=token) for token in self.tokens]
            ),
            "AppFetchLogs": lambda: api_pb2.AppFetchLogsResponse(
                batches=[api_pb2.TaskLogsBatch(items=[api_pb2.TaskLogs(data=line, timestamp=1.0) for line in self.log])]
            ),
            "AppPublish": lambda: api_pb2.AppPublishResponse(url="http://loopback/app", deployed_at=1.0),
            "EnvironmentGetOrCreate": lambda: api_pb2.EnvironmentGetOrCreateResponse(
                environment_id="en-1",
                metadata=api_pb2.EnvironmentMetadata(
                    settings=api_pb2.EnvironmentSettings(image_builder_version=BUILDER_VERSION)
                ),
            ),
            "MountGetOrCreate": lambda: api_pb2.MountGetOrCreateResponse(mount_id=f"mo-{len(self.calls)}"),
            "MountPutFile": lambda: api_pb2.MountPutFileResponse(exists=True),
            "VolumeGetOrCreate": lambda: api_pb2.VolumeGetOrCreateResponse(volume_id=f"vo-{request.deployment_name}"),
            "SecretGetOrCreate": lambda: api_pb2.SecretGetOrCreateResponse(secret_id=f"st-{request.deployment_name}"),
            "FunctionPrecreate": lambda: api_pb2.FunctionPrecreateResponse(function_id="fu-1"),
            "ImageGetOrCreate": lambda: api_pb2.ImageGetOrCreateResponse(
                image_id=_image_id(len(self.requests(method)) - 1),
                metadata=api_pb2.ImageMetadata(image_builder_version=BUILDER_VERSION),
                result=api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS),
            ),
            "FunctionCreate": lambda: api_pb2.FunctionCreateResponse(
                function_id="fu-1",
                handle_metadata=api_pb2.FunctionHandleMetadata(function_name=request.function.function_name),
                function_data=_function_data(request.function),
            ),
        }
        if method == "AppPublish":
            self.deployed = True
        if method == "AppStop":
            self.deployed = False
        if method == "ContainerStop":
            self.containers -= 1
        return special.get(method, reply_type)()

    def refusal(self, method: str) -> grpclib.GRPCError | None:
        """The error that ``method`` is answered with, if it is."""
        if method in ("AppGetOrCreate", "FunctionGet") and not self.deployed:
            return grpclib.GRPCError(grpclib.const.Status.NOT_FOUND, "no such app")
        status = self.refusals.get(method)
        return grpclib.GRPCError(status, f"{method} is refused") if status else None

    def _app(self) -> api_pb2.AppHandleMetadata:
        lifecycle = api_pb2.AppLifecycle(
            app_state=api_pb2.APP_STATE_DEPLOYED, version=3, deployed_at=1_790_000_000.0, deployed_by="me"
        )
        return api_pb2.AppHandleMetadata(lifecycle=lifecycle)

    def _handle(self) -> api_pb2.FunctionHandleMetadata:
        handle = api_pb2.FunctionHandleMetadata(function_name="Inference")
        handle._experimental_flash_urls.append(self.server_url)
        return handle

    def _new_token(self) -> api_pb2.TokenCreateResponse:
        self.tokens.append(f"wk-{len(self.tokens) + 1}")
        return api_pb2.TokenCreateResponse(token_id=self.tokens[-1], token_secret="ws-secret")


def _image_id(index: int) -> str:
    return f"im-{index}"


def _function_data(function: api_pb2.Function) -> api_pb2.FunctionData:
    """The function as the control plane gives it back: ranked by GPU, with what the ranks share beside them."""
    data = api_pb2.FunctionData(ranked_functions=[api_pb2.FunctionData.RankedFunction(rank=0, function=function)])
    shared = {field.name: field for field in data.DESCRIPTOR.fields}.keys()
    for field, value in function.ListFields():
        if field.name in shared and field.message_type is not None and not field.is_repeated:
            getattr(data, field.name).CopyFrom(value)
        elif field.name in shared and not field.is_repeated:
            setattr(data, field.name, value)
    return data


def _service(plane: ControlPlane) -> Any:
    """The gRPC service: one method for each of the protocol's, whatever this version has."""

    def method(name: str) -> Callable[[Any, Any], Any]:
        async def handle(self: Any, stream: Any) -> None:
            request = await stream.recv_message()
            plane.calls.append((name, request))
            if name in plane.silent:
                await asyncio.sleep(3600)
            if refusal := plane.refusal(name):
                raise refusal
            await stream.send_message(plane.answer(name, request, replies[name]))

        return handle

    names = [
        name for name, value in vars(api_grpc.ModalClientBase).items() if getattr(value, "__isabstractmethod__", False)
    ]
    kind = abc.ABCMeta("Loopback", (api_grpc.ModalClientBase,), {name: method(name) for name in names})
    service = kind()
    replies = {path.rpartition("/")[2]: handler.reply_type for path, handler in service.__mapping__().items()}
    return service


@contextmanager
def control_plane() -> Iterator[ControlPlane]:
    """A control plane on a free port of this machine."""
    plane = ControlPlane()
    service = _service(plane)

    async def _start() -> tuple[grpclib.server.Server, int]:
        server = grpclib.server.Server([service])
        await server.start("127.0.0.1", 0)
        listening = server._server
        assert listening is not None
        return server, listening.sockets[0].getsockname()[1]

    async def _stop(server: grpclib.server.Server) -> None:
        server.close()
        await server.wait_closed()

    # Modal's own event loop runs the server: the client's calls come from the same thread.
    server, port = synchronize_api(_start, target_module=__name__)()
    plane.url = f"http://127.0.0.1:{port}"
    try:
        yield plane
    finally:
        synchronize_api(_stop, target_module=__name__)(server)
