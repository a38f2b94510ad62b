"""A real Synapse for the demonstration and the tests, in a subprocess that never outlives us.

It runs from its own virtual environment (Synapse pins libraries the bot must not share), on the
loopback address, on SQLite. Refuses to be a production server: see deploy/ for that.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import signal
import socket
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Self

import aiohttp

from bot.demo.homeserver_settings import (
    SERVER_NAME,
    HomeserverOptions,
    load_or_make_secrets,
    write_settings,
)

if TYPE_CHECKING:
    from types import TracebackType

PYTHON_VARIABLE = "PARLEY_HOMESERVER_PYTHON"
_REPOSITORY = Path(__file__).resolve().parents[2]
_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_CALL_TIMEOUT = aiohttp.ClientTimeout(total=30)
_TAIL_LINES = 25
_WARDEN = "warden"  # the server administrator this module keeps for itself

# Runs inside the child before Synapse is imported: die when the parent does (PR_SET_PDEATHSIG = 1,
# SIGKILL = 9), also if it died before this line. A `preexec_fn` would be unsafe with threads.
_BOOT = """
import ctypes, os, runpy, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
    if os.getppid() != int(sys.argv.pop(1)):
        os._exit(1)
else:
    sys.argv.pop(1)
runpy.run_module("synapse.app.homeserver", run_name="__main__", alter_sys=True)
"""


class HomeserverFailed(Exception):  # the sentence reads better without "Error"
    """The homeserver did not come up or did not answer as agreed; the text ends with its log."""


def homeserver_python() -> Path:
    """Return the interpreter that has Synapse; raise HomeserverFailed if it is not installed."""
    named = os.environ.get(PYTHON_VARIABLE)
    path = Path(named) if named else _REPOSITORY / "var/homeserver/venv/bin/python"
    if not path.exists():
        raise HomeserverFailed(
            f"no homeserver is installed at {path}: run `make homeserver`"
            f" or point {PYTHON_VARIABLE} at a Python that has matrix-synapse"
        )
    return path


def free_port() -> int:
    """Return a loopback TCP port that is free now; another program could still take it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class EmbeddedHomeserver:
    """`async with EmbeddedHomeserver(state) as hs:` gives a ready server at `hs.url`.

    `state` is created with mode 700 and keeps database, media, signing key and secrets; starting
    again on the same directory continues the same server. The server runs in its own process
    group, so Ctrl-C in a terminal reaches us first and we end it in order.
    """

    def __init__(
        self, state: Path, *, port: int | None = None, options: HomeserverOptions | None = None
    ) -> None:
        self.state = state.absolute()
        self.port = free_port() if port is None else port
        self.url = f"http://127.0.0.1:{self.port}"
        self.server_name = SERVER_NAME
        self._options = options or HomeserverOptions()
        self._child: asyncio.subprocess.Process | None = None
        self._warden_token: str | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int | None:
        """Return the process id of the running server, or None."""
        return None if self._child is None else self._child.pid

    def user_id(self, localpart: str) -> str:
        """Return the full Matrix ID of a user of this server."""
        return f"@{localpart}:{SERVER_NAME}"

    async def start(self) -> None:
        """Start the server and wait until it answers; raise HomeserverFailed with its log."""
        if self._child is not None:
            raise HomeserverFailed("the homeserver is already running")
        python = homeserver_python()
        self._prepare()
        with (self.state / "homeserver.out").open("ab") as out:
            self._child = await asyncio.create_subprocess_exec(
                python, "-I", "-c", _BOOT, str(os.getpid()), "-c", self._settings,
                stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=self.state, start_new_session=True,
            )  # fmt: skip
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self._until_ready(self._child)
        except TimeoutError:
            await self._end(signal.SIGKILL)
            raise HomeserverFailed(
                f"the homeserver did not answer within {_READY_SECONDS:.0f} s\n{self.log_tail()}"
            ) from None
        except BaseException:
            await self._end(signal.SIGKILL)
            raise

    async def stop(self) -> None:
        """End the server in order; the state stays and `start()` continues it."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the server without a chance to clean up, as a power cut would."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Stop and start on the same state and the same port."""
        await self.stop()
        await self.start()

    async def register(self, user: str, password: str, *, admin: bool = False) -> str:
        """Make an account by shared-secret registration and return its Matrix ID.

        https://element-hq.github.io/synapse/latest/admin_api/register_api.html
        """
        answer = await self._register(user, password, admin=admin, login=False)
        return str(answer["user_id"])

    async def override_ratelimit(self, user_id: str) -> None:
        """Exempt `user_id` from message rate limits (0 means none), as the bot must be.

        https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html
        """
        await self.admin(
            "POST",
            f"/_synapse/admin/v1/users/{user_id}/override_ratelimit",
            {"messages_per_second": 0, "burst_count": 0},
        )

    async def admin(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> dict[str, object]:
        """Call the admin API as the server's own administrator; return the JSON object."""
        if self._warden_token is None:
            self._warden_token = await self._warden_login()
        return await self._call(method, path, body, token=self._warden_token)

    def log_tail(self) -> str:
        """Return the last lines of what the server printed and logged, for an error message."""
        parts = []
        for name in ("homeserver.out", "homeserver.log"):
            path = self.state / name
            if path.exists():
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
                parts.append("\n".join([f"--- {name}", *lines[-_TAIL_LINES:]]))
        return "\n".join(parts)

    def _prepare(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        self._secrets = load_or_make_secrets(self.state)
        self._settings = write_settings(self.state, self.port, self._secrets, self._options)

    async def _until_ready(self, child: asyncio.subprocess.Process) -> None:
        while True:
            if child.returncode is not None:
                raise HomeserverFailed(
                    f"the homeserver ended with status {child.returncode}\n{self.log_tail()}"
                )
            with suppress(aiohttp.ClientError, HomeserverFailed):
                await self._call("GET", "/_matrix/client/versions", None)
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _end(self, how: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        # The group outlives its leader if Synapse ever forks: the group gets the signal.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await child.wait()
        except (TimeoutError, asyncio.CancelledError) as interrupted:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
            if isinstance(interrupted, asyncio.CancelledError):
                raise

    async def _register(
        self, user: str, password: str, *, admin: bool, login: bool
    ) -> dict[str, object]:
        path = "/_synapse/admin/v1/register"
        nonce = str((await self._call("GET", path, None))["nonce"])
        fields = (nonce, user, password, "admin" if admin else "notadmin")
        mac = hmac.new(
            self._secrets.registration.encode(), "\0".join(fields).encode(), hashlib.sha1
        )
        return await self._call(
            "POST",
            path,
            {
                "nonce": nonce,
                "username": user,
                "password": password,
                "admin": admin,
                "mac": mac.hexdigest(),
                "inhibit_login": not login,
            },
        )

    async def _warden_login(self) -> str:
        password = self._secrets.warden_password
        login: dict[str, object] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": _WARDEN},
            "password": password,
        }
        try:
            answer = await self._register(_WARDEN, password, admin=True, login=True)
        except HomeserverFailed:  # a continued state directory: the account is there
            answer = await self._call("POST", "/_matrix/client/v3/login", login)
        return str(answer["access_token"])

    async def _call(
        self, method: str, path: str, body: dict[str, object] | None, token: str | None = None
    ) -> dict[str, object]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        # A session per call: these are few, and so any event loop may make them.
        async with (
            aiohttp.ClientSession(timeout=_CALL_TIMEOUT) as http,
            http.request(method, self.url + path, json=body, headers=headers) as reply,
        ):
            answer: dict[str, object] = await reply.json()
            if reply.status != HTTPStatus.OK:
                raise HomeserverFailed(f"{method} {path}: {reply.status} {answer.get('errcode')}")
            return answer
