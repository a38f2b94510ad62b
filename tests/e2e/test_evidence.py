"""A photograph as evidence on a real homeserver: sent by a real client, shown to others clean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.demo.seen import Seen
from bot.demo.stage import Stage
from tests.conftest import Run
from tests.support.planted import found_in
from tests.support.planted_pictures import jpeg
from tests.support.stage import hears, set_stage

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
ROOM = "humanitarian"


@pytest.fixture(scope="module")
def stage(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = run(set_stage(tmp_path_factory.mktemp("stage")))
    yield made
    run(made.__aexit__())


def a_picture(seen: Seen) -> bool:
    return seen.file is not None and seen.file.name.endswith(".jpg")


def test_a_photograph_is_reported_by_caption_or_reply_and_shown_without_its_metadata(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        brenner, lindqvist = stage.persons["brenner"], stage.persons["lindqvist"]
        here = stage.room("brenner", ROOM)
        photo = jpeg()
        assert found_in(photo)
        await stage.says("brenner", ROOM, "!watch add sign of life for H-TEAL every 24h")
        watch = (await hears(stage, "brenner", ROOM, "watch.added"))["code"]

        line = f"!report {watch} media source B info 2: with Tuesday's paper"
        await brenner.send_file(here, "photo.jpg", photo, "image/jpeg", caption=line)
        told = await hears(stage, "lindqvist", ROOM, "report.evidence")
        code = told["code"]
        assert "SHA-256" in told.seen.body
        assert "Source B, information 2" in told.seen.body

        sent = await brenner.send_file(here, "other.jpg", photo, "image/jpeg")
        await brenner.say(here, f"!report {watch} media: the same again", reply_to=sent)
        again = await hears(stage, "lindqvist", ROOM, "report.evidence")
        assert again["code"] != code

        in_clear = await brenner.send(
            here,
            {"msgtype": "m.image", "body": "clear.jpg", "url": "mxc://localhost/none"},
        )
        await brenner.say(here, f"!report {watch} media: in clear", reply_to=in_clear)
        await hears(stage, "brenner", ROOM, "report.file_in_clear")
        wrong = photo.replace(b"\xff\xd8\xff", b"%PDF-1.7\n", 1)
        await brenner.send_file(here, "x.jpg", wrong, "image/jpeg", caption=line)
        await hears(stage, "brenner", ROOM, "report.file_refused")

        await stage.says("lindqvist", ROOM, f"!show {code}")
        seen = await lindqvist.expect(
            stage.room("lindqvist", ROOM),
            lambda s: a_picture(s) and s.sender != brenner.user_id,
        )
        assert seen.trusted
        assert seen.file is not None
        assert seen.file.name == f"{code}.jpg"
        shown = await lindqvist.download(seen.file)
        assert shown.startswith(b"\xff\xd8\xff")
        assert found_in(shown) == []

        await stage.says("lindqvist", ROOM, f"!verdict {again['code']} rejected")
        await hears(stage, "brenner", ROOM, "verdict.late")
        await stage.says("brenner", ROOM, f"!alive {watch}")
        alive = await hears(stage, "brenner", ROOM, "alive.rests")
        assert code in alive.seen.body

        await stage.bot.stop()
        for folder in (stage.homeserver.state / "media", stage.bot.state):
            for path in folder.rglob("*"):
                if path.is_file():
                    assert found_in(path.read_bytes()) == [], path.name

    run(scenario())
