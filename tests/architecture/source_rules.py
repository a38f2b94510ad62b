"""Rules about the source that no ready-made linter knows. Run by `make check`, proved by a test.

Each rule takes the repository's root and returns its complaints, one line each.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

LONGEST_FILE = 400
POLICY_LINES = 400
PURE = ("policy", "ledger", "domain", "engine", "words", "redaction", "digest")
GATE = "bot/policy/release.py"
CLOCK = "bot/scheduling"

# A home or scratch directory of some machine; the letters are apart so that the rule passes itself.
MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:home|root|Users|tmp)/\w")
# Likewise apart.
INDEX_ADDRESS = re.compile(
    r'"resolve[d]":|--(?:extra-)?index-ur[l][ =]|--find-link[s]|^\s*registr[y]\s*=', re.MULTILINE
)
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "compile", "__import__"})


def file_lengths(root: Path) -> list[str]:
    """Complain about a file of bot/ over 400 lines, and a policy that is no one-sitting read."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in python_files(root)}
    complaints = [
        f"{path.relative_to(root)}: {length} lines, more than {LONGEST_FILE}"
        for path, length in lengths.items()
        if length > LONGEST_FILE
    ]
    policy = sum(n for path, n in lengths.items() if path.is_relative_to(root / "bot/policy"))
    if policy > POLICY_LINES:
        complaints.append(f"bot/policy: {policy} lines in all, more than {POLICY_LINES}")
    return complaints


def gate_keepers(root: Path) -> list[str]:
    """Complain about everything that looks like making a `Cleared` outside the gate."""
    complaints = []
    for path in python_files(root):
        if path == root / GATE:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and makes_cleared(node):
                complaints.append(f"{path.relative_to(root)}:{node.lineno}: makes a Cleared")
            if isinstance(node, ast.ClassDef) and any(is_cleared(base) for base in node.bases):
                complaints.append(f"{path.relative_to(root)}:{node.lineno}: derives from Cleared")
            if mentions_key(node):
                complaints.append(f"{path.relative_to(root)}: reaches for the gate's key")
    return complaints


def makes_cleared(call: ast.Call) -> bool:
    """Say whether this is `Cleared(…)`, `Cleared[T](…)`, or `__new__`/`copy` handed the class."""
    if is_cleared(call.func):
        return True
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return name == "__new__" and any(is_cleared(argument) for argument in call.args)


def is_cleared(node: ast.expr) -> bool:
    """Say whether the expression names `Cleared`, with or without module and type argument."""
    if isinstance(node, ast.Subscript):
        return is_cleared(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr == "Cleared"
    return isinstance(node, ast.Name) and node.id == "Cleared"


def mentions_key(node: ast.AST) -> bool:
    """Say whether the node takes `_KEY` out of `release`."""
    if isinstance(node, ast.ImportFrom) and node.module == "bot.policy.release":
        return any(alias.name in ("_KEY", "*") for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr == "_KEY"


def pure_core(root: Path) -> list[str]:
    """Complain about input and output that needs no import, in a package of the pure core."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: {node.func.id}() in the pure core"
        for path in python_files(root)
        if path.relative_to(root / "bot").parts[0] in PURE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in IMPURE_CALLS
    ]


def one_clock(root: Path) -> list[str]:
    """Complain about an exemption from the ban on clocks outside the package that owns one."""
    exempt = re.compile(r"#\s*noqa:.*\b(?:TID251|DTZ\d+)")
    return [
        f"{path.relative_to(root)}:{number}: exempted from a banned call; only {CLOCK} may be"
        for path in python_files(root)
        if not path.is_relative_to(root / CLOCK)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if exempt.search(line)
    ]


def links(root: Path) -> list[str]:
    """Complain about a relative link of a document to a file or a heading that is not there."""
    complaints = []
    for path in tracked(root, ".md"):
        text = without_code(path.read_text("utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)", text):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            where, _, heading = target.partition("#")
            aimed = (path.parent / where).resolve() if where else path
            if not aimed.exists():
                complaints.append(f"{path.relative_to(root)}: no such file: {target}")
            elif heading and aimed.suffix == ".md" and heading not in headings(aimed):
                complaints.append(f"{path.relative_to(root)}: no such heading: {target}")
    return complaints


def without_code(text: str) -> str:
    """Return a document without fenced and inline code, where brackets are no links."""
    fenced = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", fenced)


def headings(path: Path) -> set[str]:
    """Return the anchors that forges make of a document's headings."""
    text = re.sub(r"^(```|~~~).*?^\1", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def one_machine(root: Path) -> list[str]:
    """Complain about a path of one machine or the address of a package index in a tracked file."""
    complaints = []
    for path in tracked(root):
        name = path.relative_to(root)
        if name.parts[:2] == ("tests", "architecture"):
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        complaints += [f"{name}: a path of one machine: {m}" for m in MACHINE_PATH.findall(text)]
        complaints += [f"{name}: a package index: {m}" for m in INDEX_ADDRESS.findall(text)]
    return complaints


def python_files(root: Path) -> Iterator[Path]:
    """Yield the Python files of the package."""
    return (
        path for path in sorted((root / "bot").rglob("*.py")) if "node_modules" not in path.parts
    )


def tracked(root: Path, suffix: str = "") -> list[Path]:
    """Return the files that a commit would carry: all but what `.gitignore` names.

    Read without git: a fresh machine has none, and what is unpacked from an archive no history.
    """
    ignored = (root / ".gitignore").read_text(encoding="utf-8").split()
    folders = {name.strip("/") for name in ignored if name.endswith("/")} | {".git"}
    files = [name.lstrip("/") for name in ignored if not name.endswith("/")]

    def carried(path: Path) -> bool:
        inside = path.relative_to(root)
        held = any(fnmatch(part, folder) for part in inside.parts[:-1] for folder in folders)
        return not held and not any(fnmatch(str(inside), name) for name in files)

    found = (path for path in root.rglob("*") if path.name.endswith(suffix) and carried(path))
    return sorted(path for path in found if path.is_file())


Rule = Callable[[Path], list[str]]

RULES: tuple[Rule, ...] = (
    file_lengths,
    gate_keepers,
    pure_core,
    one_clock,
    links,
    one_machine,
)


def main() -> int:
    """Print every complaint; return 1 if there is one."""
    root = Path(__file__).resolve().parents[2]
    complaints = [complaint for rule in RULES for complaint in rule(root)]
    print("\n".join(complaints) or f"Source rules: {len(RULES)} kept.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
