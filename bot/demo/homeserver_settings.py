"""What the demonstration homeserver is told: one settings file, generated, secrets included.

Refuses to be a template for a real deployment (that one is under deploy/): it has no federation,
no TLS and listens on the loopback address only.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SERVER_NAME = "localhost"
ROOM_VERSION = "12"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket: `per_second` events are refilled, `burst` may come at once."""

    per_second: float
    burst: int


GENEROUS = RateLimit(per_second=100_000, burst=100_000)

# Every limiter of Synapse a client can meet, as the path of its key in the settings.
LIMITERS = (
    "rc_message",
    "rc_registration",
    "rc_registration_token_validity",
    "rc_login.address",
    "rc_login.account",
    "rc_login.failed_attempts",
    "rc_admin_redaction",
    "rc_joins.local",
    "rc_joins.remote",
    "rc_joins_per_room",
    "rc_key_requests",
    "rc_3pid_validation",
    "rc_invites.per_room",
    "rc_invites.per_user",
    "rc_invites.per_issuer",
    "rc_third_party_invite",
    "rc_media_create",
    "rc_presence.per_user",
    "rc_delayed_event_mgmt",
    "rc_room_creation",
    "rc_reports",
    "rc_user_directory",
    "rc_profile",
)


@dataclass(frozen=True, slots=True)
class HomeserverOptions:
    """What a scenario or a test may choose.

    `limits` maps a key of `LIMITERS` to a tighter bucket; `extra` is laid over the top level of
    the generated settings, for a test that needs one Synapse option more.
    """

    limits: Mapping[str, RateLimit] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    max_event_delay: str = "24h"
    log_level: str = "WARNING"


@dataclass(frozen=True, slots=True)
class ServerSecrets:
    """The random secrets of one state directory; they survive a restart."""

    registration: str
    macaroon: str
    form: str
    warden_password: str


def load_or_make_secrets(state: Path) -> ServerSecrets:
    """Return the secrets of `state`, made on the first call and kept in a file of mode 600."""
    path = state / "secrets.json"
    if path.exists():
        return ServerSecrets(**json.loads(path.read_text(encoding="utf-8")))
    made = ServerSecrets(*(secrets.token_urlsafe(32) for _ in range(4)))
    path.touch(mode=0o600)
    path.write_text(
        json.dumps({name: getattr(made, name) for name in ServerSecrets.__dataclass_fields__}),
        encoding="utf-8",
    )
    return made


def rate_limit_settings(limits: Mapping[str, RateLimit]) -> dict[str, object]:
    """Return the `rc_*` settings: generous everywhere except where `limits` says otherwise.

    Raises ValueError for a key that no limiter has, so that a misspelt limit is not a lax one.
    """
    unknown = sorted(set(limits) - set(LIMITERS))
    if unknown:
        raise ValueError(f"no such rate limit: {', '.join(unknown)}")
    settings: dict[str, object] = {}
    for key in LIMITERS:
        limit = limits.get(key, GENEROUS)
        bucket = {"per_second": limit.per_second, "burst_count": limit.burst}
        outer, _, inner = key.partition(".")
        if inner:
            group = settings.setdefault(outer, {})
            assert isinstance(group, dict)  # noqa: S101  # built two lines above
            group[inner] = bucket
        else:
            settings[outer] = bucket
    return settings


def write_settings(state: Path, port: int, keys: ServerSecrets, options: HomeserverOptions) -> Path:
    """Write Synapse's settings and log settings under `state`; return the settings file.

    JSON is written, which YAML contains. Keys are those of Synapse's configuration manual.
    """
    log_settings = state / "log.json"
    settings: dict[str, object] = {
        "server_name": SERVER_NAME,
        "pid_file": str(state / "homeserver.pid"),
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "listeners": [
            {
                "port": port,
                "tls": False,
                "type": "http",
                "bind_addresses": ["127.0.0.1"],
                "x_forwarded": False,
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(state / "homeserver.db")}},
        "log_config": str(log_settings),
        "media_store_path": str(state / "media"),
        "signing_key_path": str(state / "signing.key"),
        "registration_shared_secret": keys.registration,
        "macaroon_secret_key": keys.macaroon,
        "form_secret": keys.form,
        "report_stats": False,
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "enable_metrics": False,
        "presence": {"enabled": False},
        "user_directory": {"enabled": False},
        "push": {"enabled": False},
        # Invented people with invented passwords: a slow hash would only slow the demo down.
        "bcrypt_rounds": 4,
        "password_config": {"enabled": True},
        "default_room_version": ROOM_VERSION,
        # Delayed events (MSC4140) carry the dead-man switch; one per open deadline.
        "max_event_delay_duration": options.max_event_delay,
        "experimental_features": {"msc4140_max_delayed_events_per_user": 10_000},
        **rate_limit_settings(options.limits),
        **options.extra,
    }
    log_settings.write_text(
        json.dumps(
            {
                "version": 1,
                "formatters": {
                    "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
                },
                "handlers": {
                    "file": {
                        "class": "logging.FileHandler",
                        "filename": str(state / "homeserver.log"),
                        "formatter": "plain",
                    }
                },
                "root": {"level": options.log_level, "handlers": ["file"]},
                "disable_existing_loggers": False,
            }
        ),
        encoding="utf-8",
    )
    path = state / "homeserver.yaml"
    path.touch(mode=0o600)
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    return path
