"""What a watch waits for, and under which key: a function of the watch alone.

So what is armed can be checked, told and armed again at any time. No key is ever used for two
things: it names the check waited for and the record that it is counted from, because after the
clock went back the same instant may be waited for a second time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.case import Case, Watch
from bot.domain.ids import Code
from bot.domain.ladder import Ladder, level_after, plain_ladder, wait_at
from bot.domain.vocabulary import WatchState
from bot.domain.watch_states import WAITS, Waits
from bot.domain.when_schedule import NEVER, Anchored, read_schedule

LONGEST_SUSPENSION = timedelta(days=14)


def ladder_of(watch: Watch) -> Ladder:
    """Return the ladder of a watch: its own copy, or the plain one of its step."""
    return watch.ladder or plain_ladder(watch.step)


def key_of(watch: Watch, stage: str) -> str:
    """Return the due key of one stage of the check now waited for."""
    since = watch.since or watch.item.record
    return f"watch:{watch.item.code}:{int(watch.occurrence.timestamp())}-{since}:{stage}"


def watch_of(case: Case, key: str) -> Watch | None:
    """Return the watch that a due key is of; None if it is of something else, or of none there is."""
    kind, _, rest = key.partition(":")
    return case.watches.get(Code(rest.partition(":")[0])) if kind == "watch" else None


def stage_of(key: str) -> str:
    """Return the stage that a due key of a watch names."""
    return key.split(":", 3)[-1]


def is_plain(stage: str) -> bool:
    """Tell whether a stage is a check or a level, and not the end of anything."""
    return stage[:1].isdigit()


def waits_for(watch: Watch) -> tuple[str, datetime] | None:
    """Return the stage that a watch waits for, and its time.

    None once it has ended, and while it has no time: it hangs on an event that is not set, or it
    came once and was answered.
    """
    if watch.state is WatchState.SCHEDULED and watch.occurrence >= NEVER:
        return None
    match WAITS[watch.state]:
        case Waits.DUE:
            return "0", watch.occurrence
        case Waits.LEVEL:
            return _next_level(watch)
        case Waits.ACK_END:
            return f"ack:{watch.stilled_by}", watch.acked_until or watch.occurrence
        case Waits.SUSPENSION_END:
            return f"until:{watch.stilled_by}", watch.suspended_until or watch.occurrence
        case Waits.NOTHING:
            return None


def _next_level(watch: Watch) -> tuple[str, datetime]:
    overdue_from = watch.occurrence + watch.grace
    raised = watch.raised_at or watch.occurrence
    ladder = ladder_of(watch)
    if watch.level == 0:
        return "1", overdue_from
    if watch.level < len(ladder):
        return str(watch.level + 1), max(raised, overdue_from) + wait_at(ladder, watch.level)
    return f"{watch.level}:{watch.repeat + 1}", raised + wait_at(ladder, watch.level)


def waits_for_event(watch: Watch) -> str | None:
    """Return the name of the event without which a watch has no time; None if it has one."""
    if watch.occurrence < NEVER:
        return None
    schedule = read_schedule(watch.schedule, now=watch.occurrence, zone="UTC")
    return schedule.name if isinstance(schedule, Anchored) and schedule.at is None else None


def level_at(watch: Watch, now: datetime) -> int:
    """Return the level that the time since the due instant has come to."""
    late = now - watch.occurrence - watch.grace
    return level_after(ladder_of(watch), late) if late >= timedelta(0) else 0


def level_come_to(watch: Watch, stage: str, late: timedelta) -> int:
    """Return the level that has been come to so long after a stage's own time.

    Counted from that time, not from the due time: an acknowledgement uses up no level.
    """
    level = int(stage.partition(":")[0])
    if level:
        return level_after(ladder_of(watch), late, level)
    late -= watch.grace
    return level_after(ladder_of(watch), late) if late >= timedelta(0) else 0
