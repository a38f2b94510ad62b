"""Arabic, of digests and their paper. Same rules as `en`, and as `ar_commitment` for what runs left.

An arrow is not turned round in a line from the right, so who promises whom is said in words here.
"""

import re
from typing import Final

from bot.words.ar_commitment import FSI, PDI, RLM

_APART: Final = re.compile(r"`[^`]*`|\{\w+\}|TLP:[A-Z+]+")
_BEGINS_RIGHT: Final = re.compile(r"[#* (]*[\u0600-\u06ff]")

_SAID: Final[dict[str, str]] = {
    "digest": "# موجز {case}، اليوم {day}{reader}\n{preview}\n{marking} كما في {as_of}.{late}\n**تمهيد.** {preamble}\n**الخلاصة.** {bottom}\n**للقرار**\n{decide}\n**الوضع**\n{status}\n**التقدير**\n{assessment}\n**تعهدات قادمة**\n{due}\n**تعهدات متأخرة**\n{late_ones}\n**تعهدات مُوفاة**\n{kept}\n**المتابعات**\n{watches}\n**ما تغيّر**\n{changed}\n**الاتصالات المقبلة**\n{contacts}\n{confirm}",
    "digest.reader": "، إلى {people}",
    "digest.amber": "**TLP:AMBER+STRICT**",
    "digest.red": "**TLP:RED**، للقراء المسمَّين وحدهم.",
    "digest.late": " **متأخر**: كان يجب أن يصل قبل الآن.",
    "digest.preamble": "مما هو مسجَّل في الغرف التي ترفع إليكم ({sources})، ولا شيء غيره. {since}",
    "digest.since": "ما قبله: {at}.",
    "digest.first": "هو أول موجز يصلكم.",
    "digest.bottom": "تعهدات قادمة: {due}، متأخرة: {late}، مُوفاة: {kept}. متابعات: {watches}، فات موعدها: {overdue}. للقرار: {decide}.",
    "digest.bottom_alarm": "**متابعات فات موعدها: {overdue} من {watches}. تعهدات متأخرة: {late}.** قادمة: {due}، مُوفاة: {kept}. للقرار: {decide}.",
    "digest.mark_eyes": "؛ للمسمَّين وحدهم",
    "digest.mark_held": "؛ لا يُنقل",
    "digest.more": "و{count} أخرى مسجَّلة لا تُعرض هنا.",
    "digest.few": "أقل من {count}",
    "digest.at_least": "{count} على الأقل",
    "digest.no_decide": "لا شيء ينتظركم.",
    "digest.decide_offer": "هل تقبلون `{code}` من {obligor}: {text}",
    "digest.decide_release": "هل توافقون على `{code}`، حتى {until}: {text}",
    "digest.item": "`{code}`، {at}: {text}",
    "digest.no_status": "لا شيء مسجَّل.",
    "digest.no_assessment": "لا شيء.",
    "digest.wellbeing": "`{code}` `{person}`: {value} من 10، بحسب {by}، قبل {age}.{trend}{needs}",
    "digest.trend": " النقاط: {points}.",
    "digest.needs": " يحتاج إلى: {needs}",
    "digest.no_due": "لا شيء.",
    "digest.no_late_ones": "لا شيء.",
    "digest.no_kept": "لا شيء.",
    "digest.promise": "`{code}` من {obligor} إلى {obligee}، الموعد {due}، *{state}*: {text}",
    "digest.no_watches": "لا شيء.",
    "digest.watch": "`{code}` {kind}، `{person}`: *{state}*، الموعد {due}. {last}",
    "digest.no_changed": "لا شيء.",
    "digest.change": "`{code}` {what}، {at}",
    "digest.kind_words": "سُجّل",
    "digest.kind_promise": "تعهد",
    "digest.kind_offer": "عُرض",
    "digest.kind_watch": "بدأت متابعته",
    "digest.kind_question": "أُودع سؤال",
    "digest.kind_evidence": "قُدّم دليل",
    "digest.kind_assessment": "قُدّر",
    "digest.now": "صار *{state}*",
    "digest.reported": "وصل عنه بلاغ",
    "digest.no_contacts": "لم يُحدَّد موعد بعد.",
    "digest.contact": "{due}: {kind}، `{person}`، `{code}`",
    "digest.code": "هذا الموجز هو `{code}`.",
    "digest.confirm": "هذا الموجز هو `{code}`. متى قرأتموه: `!read {code}`، خلال {within}.",
    "part": "الجزء {place} من {of}.",
    "watch.never": "لم يُتحقَّق بعد من أنه حيّ.",
    "watch.last": "آخر تحقُّق من أنه حيّ قبل {age}: {strength}.",
    "watch.last_report": "آخر بلاغ قبل {age}: {strength}.",
    "watch.last_contact": "آخر اتصال قبل {age}.",
    "promise.state.confirmed": "أكّده المتعهد",
    "promise.state.in_force": "نافذ",
    "promise.state.due": "حان موعده",
    "promise.state.late": "**متأخر**",
    "promise.state.partial": "أُوفي به جزئياً",
    "promise.state.fulfilled": "أُوفي به كاملاً",
    "assess.no_move": "اليوم {day}. لا تعهد ولا عرض تراه هذه الغرفة.",
    "assess.moving": "اليوم {day}، {now}. آخر تعهد أو عرض ظهر هنا: قبل {age}.",
    "assess.stalled": "اليوم {day}، {now}. **توقّف**: آخر تعهد أو عرض ظهر هنا كان قبل {age}.",
    "chart.commitments": "التعهدات المسجَّلة",
    "paper.index": "حال المحتجزين، من 1 (الأسوأ) إلى 10",
    "paper.count": "التعهدات المسجَّلة",
    "paper.page": "الصفحة {page} من {pages}",
    "paper.caption": "هذا الموجز على الورق مع رسمه البياني. يقول ما تقوله الرسالة.",
}


def _line(line: str) -> str:
    """Isolate what may run the other way; begin from the right where no own letter does."""
    if line.startswith("{") and _APART.fullmatch(line):
        return line
    apart = _APART.sub(lambda found: f"{FSI}{found[0]}{PDI}", line)
    return apart if _BEGINS_RIGHT.match(line) else f"{RLM}{apart}"


DIGESTS: Final[dict[str, str]] = {
    key: "\n".join(map(_line, text.split("\n"))) for key, text in _SAID.items()
}
