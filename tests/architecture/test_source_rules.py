from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import source_rules

RESOLVED = "resolved"
"""What npm calls an address; apart from its quotes and colon, so that the rule passes itself."""

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(tmp_path, ".gitignore", "var/\n*.pyc\n/r.json\n")
    write(tmp_path, "var/demo/x.sh", "cd /ho" + "me/anna/parley\n")
    write(tmp_path, "bot/policy/release.py", "_KEY = object()\nclass Cleared: ...\nCleared()\n")
    write(tmp_path, "bot/scheduling/clock.py", "now = datetime.now(UTC)  # noqa: TID251\n")
    write(tmp_path, "bot/cli/say.py", "print('hello')\n")
    write(tmp_path, "README.md", "# Title\n\n[here](#title) [there](docs/A.md#two-words)\n")
    write(
        tmp_path, "docs/A.md", "## Two words\n\n[up](../README.md) [web](https://example.org/x)\n"
    )
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("rule", source_rules.RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_every_rule(rule: source_rules.Rule) -> None:
    assert rule(REPOSITORY) == []


@pytest.mark.parametrize("rule", source_rules.RULES, ids=lambda rule: rule.__name__)
def test_a_clean_tree_has_no_complaint(rule: source_rules.Rule, tree: Path) -> None:
    assert rule(tree) == []


OFFENCES = [
    (source_rules.file_lengths, "bot/cli/long.py", "x = 1\n" * 401, "401 lines"),
    (source_rules.file_lengths, "bot/policy/more.py", "x = 1\n" * 399, "in all"),
    (source_rules.gate_keepers, "bot/runner.py", "Cleared(k, 'text', room)\n", "makes a Cleared"),
    (source_rules.gate_keepers, "bot/runner.py", "release.Cleared[str](k, 1, 2)\n", "makes"),
    (source_rules.gate_keepers, "bot/matrix/out.py", "object.__new__(Cleared)\n", "makes"),
    (source_rules.gate_keepers, "bot/matrix/out.py", "Cleared.__new__(Cleared)\n", "makes"),
    (source_rules.gate_keepers, "bot/matrix/out.py", "class Mine(Cleared[str]): ...\n", "derives"),
    (source_rules.gate_keepers, "bot/ports.py", "from bot.policy.release import _KEY\n", "key"),
    (source_rules.gate_keepers, "bot/ports.py", "k = release._KEY\n", "key"),
    (source_rules.pure_core, "bot/engine/x.py", "text = open('x').read()\n", "open()"),
    (source_rules.pure_core, "bot/digest/x.py", "print('a name')\n", "print()"),
    (source_rules.one_clock, "bot/runner.py", "t = time.time()  # noqa: TID251\n", "exempted"),
    (source_rules.one_clock, "bot/engine/x.py", "d = date.today()  # noqa: DTZ011\n", "exempted"),
    (source_rules.links, "docs/B.md", "[gone](gone.md)\n", "no such file"),
    (source_rules.links, "docs/B.md", "[part](A.md#three-words)\n", "no such heading"),
    (source_rules.one_machine, "deploy/x.sh", ("cd /home/anna/parley\n"), "one machine"),
    (source_rules.one_machine, "bot/demo/l.json", f'{{"{RESOLVED}": "x"}}\n', "package index"),
]


@pytest.mark.parametrize(("rule", "name", "text", "words"), OFFENCES)
def test_an_offence_is_found(
    rule: source_rules.Rule, name: str, text: str, words: str, tree: Path
) -> None:
    write(tree, name, text)
    complaints = rule(tree)
    assert len(complaints) == 1
    assert words in complaints[0]


def test_code_in_a_document_is_no_link(tree: Path) -> None:
    write(tree, "docs/C.md", "```\n[x](nowhere.md)\n```\nand `[y](nowhere.md)`\n")
    assert source_rules.links(tree) == []
