# ruff: noqa: RUF001 - four scripts
"""Words that are part of names, or look like names, without telling who is meant.

Titles and particles are set aside when a roster is read; a common word or one of the commonest
names does not point at a person by itself. Refuses to be complete: what is missing here makes one
find too many, never one too few.
"""

from __future__ import annotations

from typing import Final

from bot.redaction.folding import fold


def _words(listed: str) -> frozenset[str]:
    return frozenset(fold(listed).text.split())


TITLES: Final = _words(
    "mr mrs ms miss mx dr prof professor sir dame lord lady hon rev fr father brother sister"
    " lt lieutenant capt captain col colonel gen general maj major sgt sergeant cpl corporal pvt"
    " private pte adm admiral cdr commander brig brigadier marshal warrant officer eng engineer"
    " sheikh shaykh sheik shaikh sayyid sayed syed seyyed haj hajj haji hajji hadji imam mullah"
    " mulla maulana ayatollah agha aqa ustad judge prince princess king emir herr frau monsieur"
    " madame mme mlle m senor senora don dona pan pani bay hanim jr sr phd md"
    " г-н г-жа господин госпожа товарищ тов гр гражданин гражданка полковник подполковник капитан"
    " лейтенант майор генерал сержант прапорщик рядовой ефрейтор старшина адмирал доктор профессор"
    " д-р проф кап ген лейт ст мл пан пані пана рядовий солдат солдата лейтенанта капитана майора"
    " полковника сержанта генерала господина госпожи"
    " السيد السيدة سيد الانسة الدكتور الدكتورة دكتور د الشيخ شيخ الحاج حاج الحاجة المهندس مهندس"
    " الاستاذ استاذ النقيب نقيب العقيد عقيد الملازم ملازم الرائد رائد اللواء لواء العميد عميد"
    " المقدم مقدم الفريق الرقيب رقيب العريف عريف الجندي جندي الامير القاضي"
    " מר גב גברת הרב רב סרן סגן אלוף סמל סמר רסר טוראי רבט סא רסן דר פרופ ד קצין"
)

PARTICLES: Final = _words(
    "al el ul il ar as ash an ad at az adh ath bin ibn ben bint binti bat ould weld abu abou umm um"
    " oum de da do dos das del della di der den des du la le los las van von zu zur ter ten te y e"
    " af av st saint san santa mac mc o d l ap ab nee zadeh oglu ogly kyzy"
    " аль эль ал эл ибн бин бен бинт абу умм ад ас аш ан ар ат аз де да ди ван фон дер оглы кызы"
    " ال ابن بن بنت ابو ابي ابا ام ولد ذو דה די בן בת ואן פון אל אבו אום"
)

WRITTEN_TOGETHER: Final = _words(
    "abu abou ben bin ibn mac mc o de du la le van von ابو بن אבו בן абу бен бин ибн"
)
"""Particles that are as often part of the word that follows: `Abukhalil`."""

ABD: Final = _words("abd abdul abdel abdal abdol abdoul abdur abdus عبد абд абдул абдель עבד עבדול")
"""Servant of: no name without the word after it."""

COMMONEST: Final = _words(
    "mohammed muhammad mohamed mohammad muhammed mohamad ahmad ahmed ali hassan hasan hussein husain"
    " hussain ibrahim ismail yusuf omar abdullah mahmoud mustafa fatima maryam ivan alexander"
    " aleksandr alexei aleksey andrei dmitry sergei sergey vladimir mikhail nikolai olga elena anna"
    " maria natalia tatiana irina david moshe yosef avraham sarah john james robert william thomas"
    " george peter paul mary khan singh smith joseph jose juan michael daniel lee li kim nguyen"
    " мухаммед магомед мохаммед ахмед али хасан хусейн ибрагим иван александр алексей андрей"
    " дмитрий сергей владимир михаил николай ольга елена анна мария наталья татьяна ирина олена"
    " сергій дмитро володимир михайло микола"
    " محمد احمد علي حسن حسين ابراهيم اسماعيل يوسف عمر عبدالله محمود مصطفى فاطمة مريم"
    " דוד משה יוספ אברהמ שרה מוחמד אחמד עלי חסן"
)
"""Borne by so many that, alone, they tell nothing."""

GIVEN: Final = _words(
    "karim salim samir amir jamal kamal nabil walid tariq rashid said saeed hamza bilal yasin adel"
    " anwar farid fuad hadi hakim imad jalal jawad majid malik mansour marwan munir nasser nader"
    " omid osama qasim rafiq ramzi riad sami sharif suleiman taha wael yahya younis zaid ziad layla"
    " nour noor salma samira huda amal rana dina lina farah hana jamila nadia rania yasmin zahra"
    " alexandra anton artem boris denis evgeny gennady igor kirill konstantin leonid maxim nikita"
    " oleg oleksandr pavel petro roman ruslan stanislav stepan taras timur vadim valentin vasily"
    " viktor vitaly vyacheslav yaroslav yuri galina ludmila oksana svetlana yulia kateryna daria"
    " sofia marina vera nina noam amit ariel eitan yael tamar noa shira ruth esther hannah leah"
    " dov eli gideon ilan jonathan nathan natan oren ron shimon uri yair yoav zvi simon samuel adam"
    " andrew anthony brian charles christopher edward eric frank gary henry kevin mark martin"
    " matthew nicholas oliver patrick philip richard scott stephen steven susan linda emma julia"
    " laura lisa jennifer elizabeth carlos luis miguel pedro antonio francisco pierre jean hans"
    " karl klaus stefan mehmet ayse fatma murat hasan huseyin farhad behrouz dariush ali reza"
)
"""Usual given names; a person's name that ends in one may begin with the surname."""
