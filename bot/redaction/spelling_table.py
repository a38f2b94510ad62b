# ruff: noqa: RUF001 - letters that look alike are what this table is about
"""Which sounds the letters of four scripts are written for when names change script.

Drawn up by hand from the usual systems (ISO 9 and 233, BGN/PCGN, ALA-LC, DIN 31635, the Hebrew
Academy's) and from what people type without a system. Refuses to be a dictionary: no names here.

One entry: letters, then the readings they may have, the likeliest first, `-` for none. Sounds are
written `b p v f t d s z S(sh) J(zh, dj) C(ch) T(ts) k g H(h, kh) l m n r` and `a e i o u`; w and y
are vowels. `letters<x` counts only before one of the letters x, `letters$` at a word's end.
"""

from __future__ import annotations

from typing import Final

Rules = dict[str, tuple[str, ...]]


def _rules(listed: str) -> Rules:
    words = listed.split()
    return {
        letters: tuple(one.replace("-", "") for one in readings.split("|"))
        for letters, readings in zip(words[::2], words[1::2], strict=True)
    }


LATIN: Final = _rules(
    "a a  b b  c k|T|J  c<eiy s|T|C|J  d d  e e  f f  g g  g<eiy g|J|H  h H|-  h$ -|H  i i"
    "  j J|i|H|z  k k  l l  m m  n n  o o  p p  q k  r r  s s|S  t t  u u  v v|u|f  v$ v|f  w u|v  x ks|H|S"
    "  y i  z z|T"
    "  tsch C  dsch J  shch S|SC  szcz S|SC  sch S|sk  tch C  sh S|sH  sz S|s  cz C  ch C|H|S|k"
    "  kh H|k  gh g|H|-  ph f|pH  th t|s|d|tH  dh d|z|dH  dj J  dzh J  dz z|T|J  zh J|zH  tz T"
    "  ts T  cs C|ks  ck k  cc k|C|kS  qu k|ku  ng ng|n|nJ  gn gn|n  gu<ei g|gu  sc<eiy s|S  sj S"
    "  ss s  zz T|z  rz rz|J|S  gg g|J  wh u|H  tj C|ti  xh J|H  aa a  ie i|ie  ou u|o  ow o|au|ov"
    "  oo u|o  ee i|e  ea i|e|ia  ei ei|ai|i  ay ai|e  ey ei|i  ai ai|e  aw o|au|av  kn kn|n  wr r"
    "  ll l|i  mb$ m|mb  dt t|dt  ough o|ok  augh o|H|af  gl<i gl|l  sh<i S|s|sH  ch<i C|H|S|k|t  et$ et|e  ot$ ot|o  aud$ aud|o  eau o|eau  ais$ ais|e  aux$ auks|o  x$ ks|-  ff$ f|v  e$ e|-  es$ es|s|-"
)

CYRILLIC: Final = _rules(
    "а a  б b  в v|u  в$ v  г g|H  ґ g  д d  е e  ё o  є ie  ж J  з z  и i  і i  ї i  й i  к k  л l  м m"
    "  н n  о o  п p  р r  с s  т t  у u  ф f  х H  ц T  ч C  ш S  щ S|SC  ъ -  ы i  ь -  э e  ю u"
    "  я a  ў u  ђ J  ѓ J  ћ C|T  ќ C|k  љ l  њ n  џ J  ј i  ѕ z|T  ѣ e  ѳ f|t  ѵ i  қ k  ғ g  ү u"
    "  ұ u  һ H  ә a  ө o  ң ng  ҳ H  ҷ J  дж J  дз z|T|J  тс T  тц T  тч C  тш C  чж J|C  чз z"
    "  нг ng|n  нц nT|ns  хь H  къ k  гъ g  гь g  кь k  тх t|tH  кх k|H  жь J  ск sk  сх sH|S"
)

ARABIC: Final = _rules(
    "ا a  ب b|p  ت t  ث t|s  ج J|g  ح H  خ H|k  د d  ذ d|z  ر r  ز z|T  س s  ش S  ص s  ض d|z  ط t"
    "  ظ z|d  ع a|-  غ g|H  ف f|v  ق k  ك k  ل l  م m  ن n  ه H|-  ه$ -|H  ة -|t  و u|v  ي i  ء -"
    "  ئ i|-  ؤ u|-  پ p  چ C  ژ J  گ g  ڤ v  ڨ g  ڭ g  ݣ g  ں n  ہ H|-  ے i  ٹ t  ڈ d  ڑ r  ي$ i|a"
    "  تش C|tS  دج J  تس T|ts  تز T|tz  نغ ng|n  نج ng|n|nJ  نك nk|n  كس ks  شتش S|SC|SS  ايه e"
)

HEBREW: Final = _rules(
    "א a|-  ב b|v  ג g  ד d  ה H|-  ה$ -|H  ו u|v  ז z  ח H  ט t  י i  כ k|H  ל l  מ m  נ n  ס s"
    "  ע a|-  פ p|f  צ T|s  צ$ T|C|s  ק k  ר r  ש S|s  ת t|s  וו v|u  יי i  ג' J  ז' J  צ' C  ת' t|s  ד' d|z"
    "  ח' H  ע' g  ר' g  ט' z  ץ' C  דז' J  טש C|tS  טס T|ts  קס ks  נג ng|n  ו' u|v  ס' s  כ' H"
)

SPELLED: Final = {
    **dict.fromkeys("šşșśŝ", "sh"), **dict.fromkeys("čćçĉ", "ch"), **dict.fromkeys("žźż", "zh"),
    "ğ": "gh", "ḫ": "kh", "ẖ": "kh", "ġ": "gh", "ḵ": "kh", "ǧ": "j", "ĝ": "j", "đ": "dj",
    "ł": "w", "ñ": "ny", "ň": "ny", "ř": "rz", "ö": "oe", "ü": "ue", "ä": "ae", "ø": "oe",
    "å": "o", "ā": "a", "ð": "dh", "ť": "ty", "ď": "dy", "ţ": "ts", "ț": "ts", "ṯ": "th",
    "ḏ": "dh", "č̣": "ch", "ė": "e", "õ": "o", "ã": "an", "ę": "en", "ą": "on",
}  # fmt: skip
"""Latin letters whose mark says a sound that the bare letter does not (a fold drops the mark)."""
