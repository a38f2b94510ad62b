from __future__ import annotations

import gc
import importlib
import subprocess
import sys
import weakref

import pytest

from bot.lean import RARELY, importing, tidying, unhurried
from tests.hostile.running import played


def test_a_running_bot_holds_none_of_what_it_never_uses() -> None:
    code = """
import sys
import weakref
from bot.lean import UNUSED, importing
with importing():
    import bot.app, bot.log
print(sorted({*UNUSED, "sqlalchemy.dialects.postgresql"} & set(sys.modules)))
import rich, cffi
from bot.matrix.outbound import encrypt_attachment
from nio.crypto.attachments import decrypt_attachment
sealed, keys = encrypt_attachment(b"a receipt")
print(decrypt_attachment(sealed, keys["key"]["k"], keys["hashes"]["sha256"], keys["iv"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "b'a receipt'"]


def test_a_package_counts_as_missing_inside_the_block_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with importing(["colorsys"]), pytest.raises(ImportError):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").__name__ == "colorsys"


def test_what_is_there_already_is_not_hidden() -> None:
    with importing(["gc"]):
        assert importlib.import_module("gc") is gc
    assert sys.modules["gc"] is gc


def test_garbage_is_looked_for_again_afterwards_whatever_happened() -> None:
    with importing([]):
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError), importing([]):
        importlib.import_module("no_such_module_anywhere")
    assert gc.isenabled()
    gc.unfreeze()


@played
async def test_garbage_is_collected_in_a_quiet_moment_and_what_stays_is_looked_at_no_more() -> None:
    class Ring:
        ring: object = None

    def leave() -> weakref.ref[Ring]:
        one = Ring()
        one.ring = one
        return weakref.ref(one)

    before = gc.get_threshold()
    try:
        unhurried()
        assert gc.get_threshold() == (*before[:2], RARELY)
        gone, frozen = leave(), gc.get_freeze_count()
        await tidying(lambda: False)()
        assert gone() is not None
        assert gc.get_freeze_count() == frozen
        tidy = tidying(lambda: True, thorough=3)
        await tidy()
        assert gone() is None
        assert gc.get_freeze_count() > frozen
        stays = Ring()
        stays.ring = stays
        later = weakref.ref(stays)
        await tidy()
        del stays
        gc.collect()
        assert later() is not None
        await tidy()
        assert later() is None
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
