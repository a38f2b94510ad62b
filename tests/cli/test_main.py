import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli.failing import VERDICTS, CalmGroup, Failed, part, said
from bot.cli.main import LATER, parley
from bot.settings import SettingsWrong

CANARY = "he is held at the mill"


def typed(*args: str, stdin: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(parley, list(args), input=stdin, prog_name="parley")
    return result.exit_code, result.output


def raising(wrong: Exception) -> click.Group:
    @click.group(cls=CalmGroup)
    def group() -> None:
        """Stand in for the real one."""

    @group.command()
    def go() -> None:
        raise wrong

    return group


def test_the_program_starts_as_a_module_and_knows_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"parley {version('parley')}\n")


@pytest.mark.parametrize(
    "command",
    ["", *LATER, "run", "verify", "completion", "case plan", "case apply"],
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    code, said_ = typed(*command.split(), "--help")
    assert code == 0
    assert "parley" in said_.split("Options:")[0]
    assert "\b" not in said_
    if command:
        assert "Example" in said_


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(shell: str) -> None:
    code, said_ = typed("completion", shell)
    assert code == 0
    assert "_PARLEY_COMPLETE" in said_


def test_completion_offers_the_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot"],
        env={"_PARLEY_COMPLETE": "bash_complete", "COMP_WORDS": "parley do", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    # Under `python -m` click derives the same variable from prog_name.
    assert "doctor" in done.stdout


def test_verifying_loads_the_ledger_and_nothing_else_of_the_bot(tmp_path: Path) -> None:
    script = (
        "import sys; from bot.cli.main import parley\n"
        "try: parley(['verify', sys.argv[1]], prog_name='parley')\n"
        "except SystemExit as end: print(end.code)\n"
        "print(sorted({'.'.join(m.split('.')[:2]) for m in sys.modules if m.startswith('bot.')}))"
    )
    file = tmp_path / "receipt.txt"
    file.write_text("nonsense")
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-2:] == ["2", "['bot.cli', 'bot.ledger']"]


def test_a_receipt_that_is_none_is_not_proved(tmp_path: Path) -> None:
    file = tmp_path / "receipt.txt"
    file.write_text("nonsense")
    assert typed("verify", str(file))[0] == 2
    assert typed("verify", str(tmp_path / "none"), "--json")[0] == 2


def test_settings_that_are_wrong_are_one_line_and_code_2(tmp_path: Path) -> None:
    for command in (["run"], ["doctor"]):
        code, said_ = typed("--config", str(tmp_path / "none.toml"), *command)
        assert code == 2
        (line,) = said_.splitlines()
        assert line.startswith("parley: ")
        assert "run `parley init`" in line


def test_a_verdict_is_shown_and_a_bug_is_not() -> None:
    result = CliRunner().invoke(raising(SettingsWrong("log.level must be a word")), ["go"])
    assert (result.exit_code, result.output) == (2, "parley: log.level must be a word\n")
    result = CliRunner().invoke(raising(KeyError(CANARY)), ["go"])
    assert result.exit_code == 70
    assert CANARY not in result.output
    (line,) = result.output.splitlines()
    assert line.startswith("parley: this is a bug in parley, please report it: KeyError at ")
    assert "test_main.py:" in line


def test_an_exception_is_a_verdict_by_its_module_too() -> None:
    impostor = type("SettingsWrong", (Exception,), {"__module__": "elsewhere"})
    assert CANARY not in said(impostor(CANARY)).message


def test_every_verdict_in_the_table_exists() -> None:
    for module, name in VERDICTS:
        assert issubclass(part(module, name), Exception)  # type: ignore[arg-type]


def test_a_part_that_is_missing_says_so() -> None:
    with pytest.raises(Failed, match=r"not complete: bot\.nowhere\.main is missing"):
        part("bot.nowhere", "main")
    with pytest.raises(Failed, match=r"not complete: bot\.ports\.nothing is missing"):
        part("bot.ports", "nothing")


def test_stopping_with_the_keyboard_is_no_traceback() -> None:
    @click.group(cls=CalmGroup)
    def group() -> None:
        """Stand in for the real one."""

    @group.command()
    def go() -> None:
        raise KeyboardInterrupt

    result = CliRunner().invoke(group, ["go"])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
