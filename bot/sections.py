"""Sections of the settings that stand by themselves: what each key means and which form it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_CHANNEL: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_WEB: Final = r"(https://[^\s/@?#]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)([/?][^\s#]*)?"
"""An address outside, or one on this machine."""

FILE: Final = "file:"


class Section(BaseModel):
    """A section refuses keys it does not know, and never shows a value in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def seconds(default: int, least: int, most: int) -> int:
    """Return a field of whole seconds."""
    found: int = Field(
        default=default, ge=least, le=most, description=f"seconds, {least} to {most}"
    )
    return found


class StampSettings(Section):
    """An RFC 3161 authority that dates the ledger's checkpoints. Without an address: none."""

    url: str | None = Field(
        default=None,
        description="https://NAME[:PORT][/PATH], or http://127.0.0.1[:PORT][/PATH]",
        pattern=f"^{_WEB}$",
    )
    every_minutes: int = Field(default=60, ge=1, le=10_080, description="minutes, 1 to 10080")
    roots_file: Path | None = Field(default=None, description="a file of PEM certificates")

    @model_validator(mode="after")
    def _can_be_checked(self) -> Self:
        if self.url is not None and self.roots_file is None:
            raise ValueError("stamps.url needs stamps.roots_file, to check the stamps by")
        return self


class OutsideSettings(Section):
    """Who speaks up when the bot is gone, and who is called outside Matrix."""

    silence_seconds: int = seconds(300, 5, 3600)
    """After so long without the bot the homeserver tells the desks."""
    margin_seconds: int = seconds(120, 2, 3600)
    """So long after a deadline the homeserver raises it, if the bot has not."""
    ping_url: SecretStr | None = Field(
        default=None, description="https://NAME[:PORT]/PATH, or http://127.0.0.1[:PORT]/PATH"
    )
    ping_seconds: int = seconds(60, 1, 3600)
    channels: Mapping[str, str] = Field(
        default_factory=dict,
        description='a table of names like oncall, each with "file:/PATH" to a file of mode 600',
    )

    @field_validator("ping_url")
    @classmethod
    def _is_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.fullmatch(_WEB, url.get_secret_value()):
            raise ValueError("ping_url")
        return url

    @field_validator("channels")
    @classmethod
    def _are_files(cls, channels: Mapping[str, str]) -> Mapping[str, str]:
        for name, where in channels.items():
            if not _CHANNEL.fullmatch(name) or not where.startswith(f"{FILE}/"):
                raise ValueError("channels")
        return channels


class WatchSettings(Section):
    """What every case of the installation shares about its watches."""

    ladders: Path | None = Field(default=None, description="a file of ladders (TOML)")


class LogSettings(Section):
    """What the log says and how."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )
    format: Literal["json", "console"] = Field(default="json", description="json or console")
