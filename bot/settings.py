"""Settings: one TOML file, overridden by `PARLEY_SECTION__KEY` in the environment.

It exists so that a bad value stops the start, with one line that names the key and the form
it must have. It refuses unknown keys (a misspelt limit is not a lax one), values out of range
and key files that others can read. No message ever repeats a value.

Paths in the file may be relative: then they start at the file's own directory.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from bot.sections import FILE, LogSettings, Section, StampSettings, seconds
from bot.sections import OutsideSettings as OutsideSettings
from bot.sections import WatchSettings as WatchSettings

DEFAULT_FILE: Final = Path("config/parley.toml")
FILE_VARIABLE: Final = "PARLEY_SETTINGS"
PREFIX: Final = "PARLEY_"
OTHER_VARIABLES: Final = frozenset(
    {FILE_VARIABLE, "PARLEY_HOMESERVER_PYTHON", "PARLEY_HUMAN_DEBUG"}
)
"""Variables of this project that are not settings."""

MASTER_KEY_BYTES: Final = 32
MASTER_KEY_CREDENTIAL: Final = "parley-master-key"
PASSWORD_CREDENTIAL: Final = "parley-password"  # noqa: S105  # the name of a file
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LARGEST_SECRET: Final = 4096


class SettingsWrong(Exception):
    """The start is refused: one line for the operator, with no value in it."""


class HomeserverSettings(Section):
    """The one homeserver the bot talks to."""

    url: str = Field(
        description="https://NAME[:PORT], or http://127.0.0.1[:PORT] on the same machine"
    )
    user: str = Field(
        description="the bot's Matrix ID, like @parley:example.org",
        pattern=r"^@[a-z0-9._=/+-]{1,200}:[A-Za-z0-9.\[\]:-]{1,200}$",
    )
    password_file: Path | None = Field(
        default=None, description="a file of mode 600 with the bot's password"
    )
    plain_http: bool = Field(
        default=False, description="true or false; true only on a private way to the homeserver"
    )

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        parts = urlsplit(url)
        extra = parts.query or parts.fragment or "@" in parts.netloc or " " in url
        if parts.scheme not in ("http", "https") or not parts.hostname or extra:
            raise ValueError("url")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _is_protected(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not self.plain_http:
            raise ValueError(
                "homeserver.url must be https:// (the bot's password travels there);"
                " set homeserver.plain_http = true only on a private network"
            )
        return self


class StoreSettings(Section):
    """Where everything that lasts is kept."""

    path: Path = Field(description="a directory that only the bot can read")
    url: SecretStr | None = Field(
        default=None, description="postgresql+DRIVER://USER:PASSWORD@HOST/DATABASE"
    )

    @field_validator("url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith("postgresql"):
            raise ValueError("url")
        return url

    @property
    def database(self) -> Path | str:
        """What `SqlStore.open` takes: a SQLite file in `path`, or the database URL."""
        return self.path / "parley.db" if self.url is None else self.url.get_secret_value()

    @property
    def tree(self) -> Path:
        """The file of the ledger's tree: beside the database, or here if that is elsewhere."""
        return self.path / "parley.tree"


class KeySettings(Section):
    """What opens the store. Without a file: the systemd credential `parley-master-key`."""

    master_key_file: Path | None = Field(
        default=None, description="a file of mode 600 with 32 random bytes"
    )


class BotSettings(Section):
    """How the bot presents itself."""

    name: str = Field(
        default="parley",
        description="1 to 64 letters, digits, dots, slashes and dashes",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9./-]{0,63}$",
    )


class TimingSettings(Section):
    """The housekeeping clock, in whole seconds. No deadline of a case is set here."""

    tick_seconds: int = seconds(1, 1, 10)
    """How often due times are looked for."""
    checkpoint_seconds: int = seconds(60, 1, 3600)
    """How often the ledger's tree is signed."""
    outage_notice_seconds: int = seconds(120, 10, 3600)
    """An absence at least this long is stated in the room."""
    unreadable_notice_seconds: int = seconds(120, 10, 3600)
    """How long a message may wait for its key before its room is told."""
    tend_seconds: int = seconds(5, 1, 60)
    """How often device keys are published and changed people judged."""
    rehearsal_rate: int = Field(
        default=1,
        ge=1,
        le=86_400,
        description="1; in a demonstration up to 86400: how much faster its clock runs",
    )
    """Anything but 1 makes every time the bot states a lie: for demonstrations only."""


class Settings(BaseSettings):
    """All settings, checked. Use `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    homeserver: HomeserverSettings
    store: StoreSettings
    keys: KeySettings = KeySettings()
    bot: BotSettings = BotSettings()
    timing: TimingSettings = TimingSettings()
    stamps: StampSettings = StampSettings()
    outside: OutsideSettings = OutsideSettings()
    watches: WatchSettings = WatchSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _rehearses_at_home(self) -> Self:
        host = urlsplit(self.homeserver.url).hostname
        if self.timing.rehearsal_rate != 1 and host not in _LOOPBACK:
            raise ValueError(
                "timing.rehearsal_rate must be 1 unless homeserver.url is on this machine:"
                " a real case never runs on a fast clock"
            )
        return self

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file; nothing else is read."""
        return env_settings, init_settings


SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "homeserver": HomeserverSettings,
    "store": StoreSettings,
    "keys": KeySettings,
    "bot": BotSettings,
    "timing": TimingSettings,
    "stamps": StampSettings,
    "outside": OutsideSettings,
    "watches": WatchSettings,
    "log": LogSettings,
}


def load(file: Path | None = None) -> Settings:
    """Read the settings file (`file`, else PARLEY_SETTINGS, else config/parley.toml).

    Raises `SettingsWrong`.
    """
    path = file if file is not None else Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)
    raw = _read_toml(path)
    _check_names(path, raw)
    _check_variables(os.environ)
    try:
        found = Settings(**raw)
    except ValidationError as wrong:
        raise SettingsWrong(_one_line(path, wrong, os.environ)) from None
    if found.store.url is not None and "url" in _table(raw, "store"):
        _check_private(path, path.stat())
    if "ping_url" in _table(raw, "outside") and path.stat().st_mode & 0o007:
        raise SettingsWrong(
            f"{path} holds outside.ping_url and can be read by everybody: run chmod o= {path}"
        )
    return _anchored(found, path.resolve().parent)


def read_master_key(settings: Settings) -> bytes:
    """Return the 32 bytes that open the store. Raises `SettingsWrong`."""
    file = settings.keys.master_key_file
    key = _secret(file, MASTER_KEY_CREDENTIAL, "keys.master_key_file")
    if len(key) != MASTER_KEY_BYTES:
        raise SettingsWrong(
            f"{file or 'the systemd credential ' + MASTER_KEY_CREDENTIAL} must hold exactly"
            f" {MASTER_KEY_BYTES} bytes: restore the right file (a new key opens no old store)"
        )
    return key


def read_password(settings: Settings) -> str:
    """Return the bot's password, one line. Raises `SettingsWrong`."""
    file = settings.homeserver.password_file
    raw = _secret(file, PASSWORD_CREDENTIAL, "homeserver.password_file")
    try:
        password = raw.decode().strip()
    except UnicodeDecodeError:
        password = ""
    if not password or "\n" in password:
        raise SettingsWrong(
            f"{file or 'the systemd credential ' + PASSWORD_CREDENTIAL} must hold the bot's"
            " password on one line"
        )
    return password


def read_channels(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the addresses of every outside channel, one a line. Raises `SettingsWrong`."""
    found = {}
    for name, where in sorted(settings.outside.channels.items()):
        raw = _secret(Path(where.removeprefix(FILE)), "", f"outside.channels.{name}")
        lines = (line.strip() for line in raw.decode(errors="replace").splitlines())
        found[name] = tuple(line for line in lines if line and not line.startswith("#"))
    return found


def _secret(file: Path | None, credential: str, key: str) -> bytes:
    """Read a secret from its file, or from what systemd laid out for this unit alone."""
    if file is None:
        directory = os.environ.get("CREDENTIALS_DIRECTORY")
        path = Path(directory) / credential if directory else None
        if path is None or not path.is_file():
            raise SettingsWrong(
                f"{key} is not set and there is no systemd credential {credential}:"
                f" set {PREFIX}{key.upper().replace('.', '__')} or run `parley init`"
            )
        return path.read_bytes()[: _LARGEST_SECRET + 1]
    try:
        with file.open("rb") as opened:
            _check_private(file, os.fstat(opened.fileno()))
            return opened.read(_LARGEST_SECRET + 1)
    except OSError as wrong:
        raise SettingsWrong(f"{key}: {file} cannot be read ({_why(wrong)})") from None


def _check_private(file: Path, facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise SettingsWrong(f"{file} is not a plain file")
    if facts.st_mode & 0o077:
        raise SettingsWrong(f"{file} can be read by others: run chmod 600 {file}")
    if os.geteuid() not in (0, facts.st_uid):
        raise SettingsWrong(f"{file} belongs to another user: run chown for the bot's own user")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsWrong(
            f"{path} does not exist: run `parley init`, or name another with --config"
        ) from None
    except OSError as wrong:
        raise SettingsWrong(f"{path} cannot be read ({_why(wrong)})") from None
    except UnicodeDecodeError:
        raise SettingsWrong(f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as wrong:
        # Only the place: the rest of the message may quote what stands there.
        place = re.search(r"at line \d+, column \d+", str(wrong))
        raise SettingsWrong(f"{path} is not valid TOML {place.group() if place else ''}") from None


def _check_names(path: Path, raw: Mapping[str, object]) -> None:
    for section, table in raw.items():
        _known(section, SECTIONS, f"{path}: section [{section}]")
        if not isinstance(table, dict):
            raise SettingsWrong(f"{path}: {section} must be a section: [{section}]")
        for key in table:
            _known(key, SECTIONS[section].model_fields, f"{path}: {section}.{key}")


def _check_variables(environ: Mapping[str, str]) -> None:
    known = {
        f"{PREFIX}{section}__{key}".upper()
        for section, model in SECTIONS.items()
        for key in model.model_fields
    }
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name not in OTHER_VARIABLES:
            _known(name.upper(), dict.fromkeys(known), f"environment variable {name}")


def _known(name: str, names: Mapping[str, object], what: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        meant = f"did you mean {near[0]}?" if near else "known: " + ", ".join(sorted(names))
        raise SettingsWrong(f"{what} is not a setting; {meant}")


def _one_line(path: Path, wrong: ValidationError, environ: Mapping[str, str]) -> str:
    """Say the first thing that is wrong; pydantic's own words could hold the value."""
    found = wrong.errors(include_input=False, include_url=False)
    first, more = found[0], len(found) - 1
    place = [str(part) for part in first["loc"]]
    tail = f" (and {more} more)" if more else ""
    if len(place) < 2:
        if first["type"] == "missing":
            return f"{path}: section [{place[0]}] is missing{tail}"
        return f"{path}: {first.get('ctx', {}).get('error', 'is not right')}{tail}"
    section, key = place[0], place[1]
    form = SECTIONS[section].model_fields[key].description
    variable = f"{PREFIX}{section}__{key}".upper()
    named = next((name for name in environ if name.upper() == variable), None)
    where = f"environment variable {named}:" if named is not None else f"{path}:"
    verb = "is missing:" if first["type"] == "missing" else "must be"
    return f"{where} {section}.{key} {verb} {form}{tail}"


def _anchored(found: Settings, home: Path) -> Settings:
    """Return the settings with relative paths started at the file's directory."""
    changed: dict[str, BaseModel] = {}
    for section, part in found:
        paths = {key: home / path.expanduser() for key, path in part if isinstance(path, Path)}
        changed[section] = part.model_copy(update=paths)
    return found.model_copy(update=changed)


def _table(raw: Mapping[str, object], section: str) -> Mapping[str, object]:
    table = raw.get(section)
    return table if isinstance(table, dict) else {}


def _why(wrong: OSError) -> str:
    return os.strerror(wrong.errno) if wrong.errno else "unknown"
