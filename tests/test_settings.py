import os
import tomllib
from pathlib import Path

import pytest

from bot.settings import (
    SECTIONS,
    Settings,
    SettingsWrong,
    load,
    read_master_key,
    read_password,
)

EXAMPLE = Path(__file__).parents[1] / "config/parley.example.toml"
CANARY = "hunter2-the-mill"
GOOD = """
[homeserver]
url = "https://matrix.example.org"
user = "@parley:example.org"
password_file = "keys/password"
[store]
path = "state"
[keys]
master_key_file = "keys/master.key"
"""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PARLEY_") or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    for name, content in (("master.key", bytes(range(32))), ("password", b"open sesame\n")):
        (tmp_path / "keys" / name).write_bytes(content)
        (tmp_path / "keys" / name).chmod(0o600)
    (tmp_path / "parley.toml").write_text(GOOD)
    return tmp_path


def loaded(home: Path, text: str = GOOD) -> Settings:
    (home / "parley.toml").write_text(text)
    return load(home / "parley.toml")


def refused(home: Path, text: str = GOOD) -> str:
    with pytest.raises(SettingsWrong) as caught:
        loaded(home, text)
    line = str(caught.value)
    assert "\n" not in line
    assert CANARY not in line
    return line.replace(str(home) + "/", "")


def test_paths_start_at_the_files_own_directory(home: Path) -> None:
    found = loaded(home)
    assert found.store.path == home / "state"
    assert found.store.database == home / "state/parley.db"
    assert found.keys.master_key_file == home / "keys/master.key"


def test_the_environment_goes_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_HOMESERVER__USER", "@other:example.org")
    monkeypatch.setenv("PARLEY_TIMING__TICK_SECONDS", "3")
    found = loaded(home)
    assert found.homeserver.user == "@other:example.org"
    assert found.homeserver.url == "https://matrix.example.org"
    assert found.timing.tick_seconds == 3


def test_the_file_can_be_named_in_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_SETTINGS", str(home / "parley.toml"))
    assert load().homeserver.user == "@parley:example.org"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD + "[tming]\n", "parley.toml: section [tming] is not a setting; did you mean timing?"),
        (
            GOOD + f'[log]\nlevle = "{CANARY}"\n',
            "parley.toml: log.levle is not a setting; did you mean level?",
        ),
        ("log = 3\n" + GOOD, "parley.toml: log must be a section: [log]"),
        (
            GOOD + f'[log]\nlevel = "{CANARY}"\n',
            "parley.toml: log.level must be debug, info, warning or error",
        ),
        (
            GOOD + "[timing]\ntick_seconds = 0\n",
            "parley.toml: timing.tick_seconds must be seconds, 1 to 10",
        ),
        (
            GOOD + f'[timing]\ntick_seconds = "{CANARY}"\ntend_seconds = "{CANARY}"\n',
            "parley.toml: timing.tick_seconds must be seconds, 1 to 10 (and 1 more)",
        ),
        (
            GOOD.replace('user = "@parley:example.org"', f'user = "{CANARY}"'),
            "parley.toml: homeserver.user must be the bot's Matrix ID, like @parley:example.org",
        ),
        (
            GOOD.replace('user = "@parley:example.org"', ""),
            "parley.toml: homeserver.user is missing: the bot's Matrix ID, like @parley:example.org",
        ),
        (
            GOOD.replace("https://matrix.example.org", f"https://me:{CANARY}@matrix.example.org"),
            ("parley.toml: homeserver.url must be https://NAME[:PORT], or"
             " http://127.0.0.1[:PORT] on the same machine"),
        ),
        (
            GOOD.replace("https://matrix", "http://matrix"),
            ("parley.toml: homeserver.url must be https:// (the bot's password travels there);"
             " set homeserver.plain_http = true only on a private network"),
        ),
        (
            GOOD.replace('path = "state"', f'path = "state"\nurl = "mysql://x:{CANARY}@h/d"'),
            "parley.toml: store.url must be postgresql+DRIVER://USER:PASSWORD@HOST/DATABASE",
        ),
        ('[homeserver]\nurl = "https://a"\nuser = "@a:b"\n', "parley.toml: section [store] is missing"),
        (f"[homeserver]\nurl = {CANARY}\n", "parley.toml is not valid TOML at line 2, column 7"),
    ],
)  # fmt: skip
def test_a_bad_file_stops_the_start_with_one_line(home: Path, text: str, line: str) -> None:
    assert refused(home, text) == line


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "PARLEY_HOMESERVER_URL",
            (
                "environment variable PARLEY_HOMESERVER_URL is not a setting;"
                " did you mean PARLEY_HOMESERVER__URL?"
            ),
        ),
        (
            "PARLEY_LOG__LEVEL",
            "environment variable PARLEY_LOG__LEVEL: log.level must be debug, info, warning or error",
        ),
        (
            "parley_log__level",
            "environment variable parley_log__level: log.level must be debug, info, warning or error",
        ),
    ],
)
def test_a_bad_variable_stops_the_start_and_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str
) -> None:
    monkeypatch.setenv(name, CANARY)
    assert refused(home) == line


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_a_whole_section_in_one_variable_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, section: str
) -> None:
    monkeypatch.setenv(f"PARLEY_{section}", f'{{"x": "{CANARY}"}}')
    assert f"environment variable PARLEY_{section} is not a setting" in refused(home)


def test_plain_http_needs_loopback_or_a_decision(home: Path) -> None:
    for host in ("127.0.0.1:8008", "localhost", "[::1]:8008"):
        loaded(home, GOOD.replace("https://matrix.example.org", f"http://{host}"))
    text = GOOD.replace("https://matrix.example.org", "http://synapse:8008")
    loaded(home, text.replace("[store]", "plain_http = true\n[store]"))
    refused(home, text)


def test_no_authority_is_asked_unless_it_is_named_and_can_be_checked(home: Path) -> None:
    assert loaded(home).stamps.url is None
    assert loaded(home).stamps.every_minutes == 60
    roots = 'roots_file = "keys/tsa.pem"\n'
    for url in (
        "https://tsa.example.org/tsr",
        "https://tsa.example.org",
        "http://127.0.0.1:80/x?y",
    ):
        found = loaded(home, f'{GOOD}[stamps]\nurl = "{url}"\n{roots}').stamps
        assert (found.url, found.roots_file) == (url, home / "keys/tsa.pem")
        assert "stamps.url needs stamps.roots_file" in refused(
            home, f'{GOOD}[stamps]\nurl = "{url}"\n'
        )
    for url in (
        "http://tsa.example.org/tsr", "https://me@tsa.example.org", "http://127.0.0.1:80@example.org/",
        "http://localhost.example.org", "https://", "https://a b", "ftp://tsa.example.org", "",
    ):  # fmt: skip
        text = f'{GOOD}[stamps]\nurl = "{url}"\n{roots}'
        assert "stamps.url must be https://NAME" in refused(home, text)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="does not exist: run `parley init`"):
        load(tmp_path / "none.toml")


def test_a_file_with_a_database_password_must_be_private(home: Path) -> None:
    text = GOOD.replace('path = "state"', f'path = "state"\nurl = "postgresql://x:{CANARY}@h/d"')
    (home / "parley.toml").chmod(0o644)
    assert refused(home, text) == ("parley.toml can be read by others: run chmod 600 parley.toml")
    (home / "parley.toml").chmod(0o600)
    found = loaded(home, text)
    assert CANARY in str(found.store.database)
    assert CANARY not in repr(found)


def test_the_master_key_and_the_password_are_read_from_private_files(home: Path) -> None:
    found = loaded(home)
    assert read_master_key(found) == bytes(range(32))
    assert read_password(found) == "open sesame"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o660, 0o644])
def test_a_key_that_others_can_read_stops_the_start(home: Path, mode: int) -> None:
    key = home / "keys/master.key"
    key.chmod(mode)
    with pytest.raises(SettingsWrong) as caught:
        read_master_key(loaded(home))
    assert str(caught.value) == f"{key} can be read by others: run chmod 600 {key}"


def test_a_key_of_the_wrong_length_is_refused(home: Path) -> None:
    for length in (0, 31, 33, 10_000):
        (home / "keys/master.key").write_bytes(b"k" * length)
        with pytest.raises(SettingsWrong, match="must hold exactly 32 bytes"):
            read_master_key(loaded(home))


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe"])
def test_a_password_file_holds_one_line(home: Path, content: bytes) -> None:
    (home / "keys/password").write_bytes(content)
    with pytest.raises(SettingsWrong, match="must hold the bot's password on one line"):
        read_password(loaded(home))


def test_a_directory_in_place_of_a_key_is_refused(home: Path) -> None:
    (home / "keys/master.key").unlink()
    (home / "keys/master.key").mkdir()
    with pytest.raises(SettingsWrong, match=r"keys\.master_key_file: .* cannot be read"):
        read_master_key(loaded(home))


def test_a_systemd_credential_takes_the_place_of_a_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out = home / "credentials"
    laid_out.mkdir()
    (laid_out / "parley-master-key").write_bytes(b"c" * 32)
    # systemd shows an access list as group bits; the directory itself is the unit's alone.
    (laid_out / "parley-master-key").chmod(0o440)
    (laid_out / "parley-password").write_bytes(b"sesame")
    text = GOOD.replace('password_file = "keys/password"', "")
    found = loaded(home, text.replace('master_key_file = "keys/master.key"', ""))
    with pytest.raises(
        SettingsWrong, match=r"set PARLEY_KEYS__MASTER_KEY_FILE or run `parley init`"
    ):
        read_master_key(found)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(laid_out))
    assert read_master_key(found) == b"c" * 32
    assert read_password(found) == "sesame"


def test_the_example_shows_every_key_with_its_default() -> None:
    shown = tomllib.loads(EXAMPLE.read_text("utf-8"))
    off = {"store": ["url"], "stamps": ["url", "roots_file"], "outside": ["ping_url", "channels"]}
    assert set(shown) == set(SECTIONS)
    for section, model in SECTIONS.items():
        fields = dict(model.model_fields)
        for key in off.get(section, []):
            del fields[key]
        assert set(shown[section]) == set(fields)
        for key, field in fields.items():
            if not field.is_required() and field.default is not None:
                assert shown[section][key] == field.default
    assert load(EXAMPLE).bot.name == "parley"


def test_every_setting_says_what_form_it_has() -> None:
    for model in SECTIONS.values():
        for field in model.model_fields.values():
            assert field.description


PLACES = [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]
FREE_TEXT = {"path", "password_file", "master_key_file", "name", "roots_file", "ladders"}


@pytest.mark.parametrize("junk", [f'"{CANARY}"', f'["{CANARY}"]', f'{{ a = "{CANARY}" }}'])
@pytest.mark.parametrize(("section", "key"), PLACES)
def test_no_message_repeats_a_value(home: Path, section: str, key: str, junk: str) -> None:
    good: dict[str, dict[str, str]] = tomllib.loads(GOOD)
    values = {s: {k: f'"{v}"' for k, v in table.items()} for s, table in good.items()}
    values.setdefault(section, {})[key] = junk
    text = "\n".join(
        f"[{s}]\n" + "\n".join(f"{k} = {v}" for k, v in table.items())
        for s, table in values.items()
    )
    if key in FREE_TEXT and junk.startswith('"'):
        loaded(home, text)
    else:
        assert f"parley.toml: {section}.{key} must be " in refused(home, text)
