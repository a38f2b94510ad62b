"""Arabic, of promises: what an obligor must understand before it binds. Same rules as `en`.

What has no sentence here is said in English. Each line begins from the right, and whatever runs
the other way in it (codes, commands, times, names) stands in an isolate of its own.
"""

import re
from typing import Final

RLM, FSI, PDI = "\u200f", "\u2068", "\u2069"
_APART: Final = re.compile(r"`[^`]*`|\{\w+\}")

_SAID: Final[dict[str, str]] = {
    "commit.read_back": "قراءة للتأكيد `{code}`، غير نافذة بعد:\n**{obligor}** يتعهد لـ **{obligee}**:\n> {text}\nالموعد: **{due}**. هل اتُّفق على الموعد مع {obligee}: {agreed}.{language}\n{terms}\nلجعله نافذاً: `!confirm {code}`. لتغييره: `!commit amend {code} …`. لم يطّلع عليه أحد خارج هذه الغرفة.",  # noqa: RUF001 - it is Arabic
    "commit.too_late": "التعهد `{code}` مؤكَّد؛ لا يمكن تغيير نصه بعد الآن.",
    "confirm.done": "التعهد `{code}` نافذ من جانبكم منذ {at}. لعرضه على {obligee}: `!release {code} to {target}`. يتبعه الإيصال.",
    "confirm.already": "التعهد `{code}` مؤكَّد من قبل.",
    "promise.yes": "نعم",
    "promise.no": "لا",
    "promise.language": " قيل باللغة: {language}.",
    "promise.window": "بين {opens} و {due}",
    "promise.hangs": "{hangs}، أي {at}",
    "promise.unset": "لا موعد بعد، لأن الحدث لم يُحدَّد",
    "promise.condition": "الشرط: {condition}",
    "promise.no_condition": "لا شرط",
    "promise.after": "بعد {event}",
    "promise.if": "إذا أُوفي بالتعهد `{code}`",
    "promise.if_other": "إذا أُوفي بتعهد آخر لا رمز له في هذه الغرفة",
    "promise.verification": "التحقق: {verifier}",
    "promise.no_verifier": "لم يُسمَّ أحد",
    "promise.verifier": "من قِبل {party}",
    "promise.verifier_seat": "من قِبل `{seat}` من {party}",
    "promise.method": "الطريقة: {method}",
    "promise.guarantor": "الضامن: {party}، ولم يُسأل",
    "promise.agreed": "النص المتفق عليه: {agreed}",
    "redline.ask": "هل يمسّ `{code}` أحد خطوطكم الحمراء؟ {lines}. إن لم يمسّ أياً منها: `!confirm {code} redlines ok`. أو واحداً واحداً: `!confirm {code} R1 no R2 no`.",
    "redline.crossed": "إنه يمسّ {lines}. أعيدوا صياغته بـ `!commit amend`، أو ألغوا الخط الأحمر أولاً.",
    "accept.told": "قبِل **{obligee}** التعهد `{code}`، {at}. {waits}{date} يتبعه الإيصال: احتفظوا به؛ `parley verify` يتحقق منه من دوننا.",
    "accept.in_force": "نافذ على الجانبين.",
    "accept.waits": "نافذ على الجانبين متى تحقق شرطه.",
    "accept.no_date": " الموعد متفق عليه: لا.",
    "promise.reminded": "تذكير: موعد `{code}` هو {due}.\n> {text}\nعند إتمامه: `!fulfilled {code}`.",
    "promise.due": "حان موعد `{code}` الآن، {due}.\n> {text}\nإن تمّ: `!fulfilled {code}`، أو `partial` بعد الرمز.",
    "promise.late": "**متأخر:** كان موعد `{code}` هو {due}، ولم يقل أحد إنه تمّ.\n> {text}\nإن تمّ: `!fulfilled {code}`. أُبلغ الجانب الآخر بأنه متأخر.",
}
_PARTS: Final = frozenset(
    key for key in _SAID if "\n" not in _SAID[key] and not _SAID[key].endswith((".", "؟"))
) | {"accept.in_force", "accept.waits", "accept.no_date", "promise.language"}
"""Sentences that only ever stand inside of another."""


def _right_to_left(key: str, text: str) -> str:
    lines = (_line(key, line) for line in text.split("\n"))
    return "\n".join(lines)


def _line(key: str, line: str) -> str:
    if line.startswith("> ") or _APART.fullmatch(line):
        # A quotation and a list begin as their own words do.
        return line
    apart = _APART.sub(lambda found: f"{FSI}{found[0]}{PDI}", line)
    return apart if key in _PARTS else f"{RLM}{apart}"


COMMITMENTS: Final[dict[str, str]] = {key: _right_to_left(key, text) for key, text in _SAID.items()}
