"""The words for dates, one table a language: months, weekdays, the days around today, what is last, next or ago.

All are regular expressions over text in lower case; `{}` stands for a unit, `{n}` for a number. Names that CLDR has are
all here, which a test compares, beside the forms of inflected languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NAMES: Final = {
    "months": "January February March April May June July August September October November December".split(),  # noqa: SIM905
    "weekdays": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),  # noqa: SIM905
}

# Spring, summer, autumn and winter; of Asian ones only what is no festival.
SEASONS: Final = {
    "Arabic": ("(?:ال)?ربيع", "(?:ال)?صيف", "(?:ال)?خريف", "(?:ال)?شتاء"),
    "Chinese": ("春[天季]", "夏[天季]", "秋[天季]", "冬[天季]"),
    "Czech": ("jaro|jaře|jara", "léto|létě", "podzimu?", "zima|zimu|zimě"),
    "Danish": ("forår(?:et)?", "sommer(?:en)?", "efterår(?:et)?", "vinter(?:en)?"),
    "Dutch": ("lente|voorjaar", "zomer", "herfst|najaar", "winter"),
    "Finnish": ("kevä(?:t|ällä|änä)", "kesä(?:llä|nä)?", "syksy(?:llä|nä)?", "talvi|talvella|talvena"),
    "French": ("printemps", "(?<!a )(?<!ai )(?<!ont )été", "automne", "hiver"),
    "German": ("frühling|frühjahr", "sommer", "herbst", "winter"),
    "Greek": ("άνοιξη", "καλοκαίρι", "φθινόπωρο", "χειμώνα"),
    "Hebrew": ("[בה]?אביב", "[בה]?קיץ", "[בה]?סתיו", "[בה]?חורף"),
    "Hindi": ("वसंत", "गर्मी|गर्मियों", "शरद", "सर्दी|सर्दियों"),
    "Hungarian": ("tavasz(?:a|án|szal)?", "nyár(?:on)?|nyarán", "ősz(?:e|én|szel)?", "tél(?:en)?|telén"),
    "Italian": ("primavera", "(?<!real )estate", "autunno", "inverno"),
    "Japanese": ("春(?=[にのは、。]|$)", "夏(?=[にのは、。]|$)", "秋(?=[にのは、。]|$)", "冬(?=[にのは、。]|$)"),
    "Korean": ("봄", "여름", "가을", "겨울"),
    "Polish": ("wiosn[ęaą]", "lato|latem|lecie", "jesień|jesieni|jesienią", "zim[ęaąy]|zimie"),
    "Portuguese": ("primavera", "verão", "outono", "inverno"),
    "Russian": ("весн[ауеыо]й?", "лето|летом|лета", "осень|осенью|осени", "зим[ауеыо]й?"),
    "Spanish": ("primavera", "verano", "otoño", "invierno"),
    "Swedish": ("våren", "sommar(?:en)?", "höst(?:en)?", "vinter(?:n)?"),
    "Thai": ("ฤดูใบไม้ผลิ", "ฤดูร้อน|หน้าร้อน", "ฤดูใบไม้ร่วง", "ฤดูหนาว|หน้าหนาว"),
    "Turkish": (
        "ilkbahar(?:ında|da)?|bahar(?:ında)?",
        "yaz(?:ında|ın)?",
        "sonbahar(?:ında|da)?",
        "kış(?:ında|ın|ı)?",
    ),
    "Ukrainian": ("весн[ауиі]|навесні|весною", "літ[оіа]|влітку|літом", "осінь|восени|осені", "зим[ауиі]|взимку"),
    "Vietnamese": ("mùa xuân", "mùa hè|mùa hạ", "mùa thu", "mùa đông"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The words of one language; what it has not is empty.

    `months` and `weekdays` are in the order of the calendar, `units` are day, week, month and year. `said` is by what
    it is in English. `unsure` is too, but means it only where `sign` is found in the text: other languages have the
    word. A month form after "+" says by itself that something happened in it. With `of_week` "last Friday" is that of
    last week. `dense` is without blanks between words.
    """

    months: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    units: tuple[str, str, str, str]
    last: str
    this: str
    next: str
    ago: str
    said: Mapping[str, str]
    unsure: Mapping[str, str] = field(default_factory=dict[str, str])
    sign: str = ""
    of_week: bool = False
    dense: bool = False


_YESTERDAY: Final = "yesterday"
_TODAY: Final = "today"
_TOMORROW: Final = "tomorrow"
_BEFORE: Final = "the day before yesterday"
_AFTER: Final = "the day after tomorrow"
_LAST_YEAR: Final = "last year"
_THIS_YEAR: Final = "this year"
_NEXT_YEAR: Final = "next year"


def _listed(text: str) -> tuple[str, ...]:
    """Names apart by commas, their forms by blanks."""
    return tuple(name.strip().replace(" ", "|") for name in text.split(","))


_NO_GERMAN: Final = r"\A(?![\s\S]*\b(?:ich|wir|sie|und|der|die|das|zu|zum|nicht)\b)[\s\S]*?"

# After one of these it is no last year: "many years ago".
_THAI_COUNTS: Final = "หลาย กี่ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ ร้อย พัน"
# What begins like a week or a year and is none: a period, a moon, an age.
_GOES_ON: Final = "(?![期边邊亮球光岁歲轻輕纪紀龄齡均头頭])"
# After one of these "morgen" is a morning.
_MORNINGS: Final = "goede de deze elke iedere heute gestern guten am der jeden i 's"

LANGUAGES: Final = {
    "Arabic": Language(
        months=(
            *_listed("يناير, فبراير, مارس, أبريل ابريل إبريل نيسان, مايو أيار, يونيو حزيران, يوليو تموز"),
            *_listed("أغسطس اغسطس, سبتمبر أيلول, أكتوبر اكتوبر, نوفمبر, ديسمبر"),
        ),
        weekdays=_listed("الاثنين الإثنين, الثلاثاء, الأربعاء, الخميس, الجمعة, السبت, الأحد"),
        units=(
            "يوما?|أيام|ايام",
            "(?:ال)?أسبوعا?|الاسبوع|أسابيع",
            "(?:ال)?شهرا?|أشهر|شهور",
            "(?:ال)?عاما?|(?:ال)?سنة|سنوات|أعوام|سنين",
        ),
        last="{} الماضي(?:ة)?",
        this="هذ[اه]ه? {}",
        next="{} (?:القادمة?|المقبلة?)",
        ago="قبل {n} {}",
        said={
            _YESTERDAY: "أمس|البارحة|امبارح|إمبارح",
            _TODAY: "(?<!ذلك )اليوم(?! التالي| السابق| الأول| الذي)",
            _TOMORROW: "غد[اًا]{1,2}|بكرة",
            _BEFORE: "أول (?:من )?أمس|اول امس",
            _AFTER: "بعد غد",
            "2 days ago": "قبل يومين",
            "2 weeks ago": "قبل أسبوعين",
            "2 months ago": "قبل شهرين",
            "2 years ago": "قبل (?:عامين|سنتين)",
            "1 day ago": "قبل يوم",
            "1 week ago": "قبل أسبوع",
            "1 month ago": "قبل شهر",
            "1 year ago": "قبل (?:عام|سنة)",
        },
    ),
    "Chinese": Language(
        weekdays=tuple(f"(?:周|週|星期|礼拜|禮拜){day}" for day in ("一", "二", "三", "四", "五", "六", "[日天]")),
        units=("天", "个?(?:周|星期|礼拜)|週|個星期", "[个個]?月", "年"),
        last=rf"(?<![以马馬天晚早海路之])上[个個]?(?:{{}}){_GOES_ON}",
        this=rf"(?:[这這][个個]?|(?<![日基成根资資样樣版文书書课課])本)(?:{{}}){_GOES_ON}",
        next=rf"(?<![以天地眼之])下[个個]?(?:{{}}){_GOES_ON}",
        ago="{n}{}(?:之?前|以前)(?![后後])",
        said={
            _YESTERDAY: "昨天|昨日|昨晚",
            _TODAY: "今天|今日",
            _TOMORROW: "(?<![说說证證表声聲])明[天日]",
            _BEFORE: "(?<![以之目])前天(?!天)",
            _AFTER: "(?<![以之然])[后後]天(?![天性])",
            _LAST_YEAR: "(?<![过過失])去年|(?<!一)昨年",
            "2 years ago": "(?<![0-9一二两三四五六七八九十几数多若])前年(?![の比度同])",
            _THIS_YEAR: "今年",
            _NEXT_YEAR: "(?<![说說证證表声聲])明年",
            "last quarter": "上[个個]?季度",
            "this quarter": "(?:[这這][个個]|(?<![日基成])本)季度",
            "next quarter": "下[个個]?季度",
        },
        of_week=True,
        dense=True,
    ),
    "Czech": Language(
        months=(
            *_listed(
                "leden ledna lednu, únor února únoru, březen března březnu, duben dubna dubnu, květen května květnu"
            ),
            *_listed("červen června červnu, červenec července červenci, srpen srpna srpnu, září, říjen října říjnu"),
            *_listed("listopad listopadu, prosinec prosince prosinci"),
        ),
        weekdays=_listed("pondělí, úterý, středa středu, čtvrtek, pátek, sobota sobotu, neděle neděli"),
        units=(
            "den|dny|dnů|dní|dnem",
            "týden|týdny|týdnů|týdnem",
            "měsíc|měsíce|měsíců|měsíci|měsícem",
            "rok|roky|roků|lety|rokem|roce",
        ),
        last="minul[ýéoáu](?:m|ho)? {}",
        this="t(?:ento|uto|oto|omto|ěmto) {}",
        next="příští(?:m|ho)? {}",
        ago="před {n} {}",
        said={
            _YESTERDAY: "včera",
            _TOMORROW: "zítra",
            _BEFORE: "předevčírem",
            _AFTER: "pozítří",
            _LAST_YEAR: "vloni",
            _THIS_YEAR: "letos",
            "1 week ago": "před týdnem",
            "1 month ago": "před měsícem",
            "1 year ago": "před rokem",
        },
        unsure={_TODAY: "dnes|dneska", _LAST_YEAR: "loni"},
        sign=r"[ěřůčšžďťň]|\b(?:jsem|jsme|jsi|byl|byla|bylo|mám|máme|budu)\b",
    ),
    "Danish": Language(
        months=_listed(
            "januar, februar, marts, april, maj, juni, juli, august, september, oktober, november, december"
        ),
        weekdays=_listed("mandag, tirsdag, onsdag, torsdag, fredag, lørdag, søndag"),
        units=("dage?", "ugen?|uger", "måned(?:en|er)?", "år(?:et)?"),
        last="(?:sidste|forrige) {}",
        this="denne {}",
        next="næste {}",
        ago="for {n} {} siden",
        said={
            _YESTERDAY: "i går",
            _TODAY: "i dag",
            _TOMORROW: "i morgen",
            _BEFORE: "i forgårs",
            _AFTER: "i overmorgen",
        },
    ),
    "Dutch": Language(
        months=_listed(
            "januari, februari, maart, april, mei, juni, juli, augustus, september, oktober, november, december"
        ),
        weekdays=_listed("maandag, dinsdag, woensdag, donderdag, vrijdag, zaterdag, zondag"),
        units=("dag|dagen", "week|weken", "maand|maanden", "jaar|jaren"),
        last="(?:vorige?|afgelopen) {}",
        this="(?:deze|dit) {}",
        next="(?:volgende?|komende?) {}",
        ago="{n} {} geleden",
        said={_YESTERDAY: "gisteren", _TODAY: "vandaag", _BEFORE: "eergisteren", _AFTER: "overmorgen"},
        unsure={_TOMORROW: "".join(f"(?<!{said} )" for said in _MORNINGS.split()) + "morgen(?![,!])"},
        sign=r"\b(?:ik|wij|het|een|naar|heb|ga|gaan|niet|moet|ich|wir|nicht|und|muss|habe|bin|nach)\b",
    ),
    "Finnish": Language(
        months=tuple(
            f"{name}kuu|{name}kuuta|{name}kuun|+{name}kuussa|{name}kuusta|{name}kuuhun"
            for name in "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu".split()  # noqa: SIM905
        ),
        weekdays=_listed("maanantaina, tiistaina, keskiviikkona, torstaina, perjantaina, lauantaina, sunnuntaina"),
        units=(
            "päivä|päivää|päivän",
            "viikko|viikolla|viikkoa|viikon",
            "kuussa|kuukausi|kuukautta|kuukauden",
            "vuonna|vuosi|vuotta|vuoden",
        ),
        last="viime {}",
        this="(?:tällä|tässä|tänä) {}",
        next="ensi {}",
        ago="{n} {} sitten",
        said={_TODAY: "tänään", _TOMORROW: "huomenna", _BEFORE: "toissapäivänä", _AFTER: "ylihuomenna"},
        unsure={_YESTERDAY: "eilen"},
        sign=_NO_GERMAN
        + r"(?:[a-zäö]{2}(?:ss[aä]|st[aä]|ll[aä]|lt[aä]|lle|in|mme|vat|vät|t[aä])\b|\b(?:oli|olen|on|ja|ei|en)\b|[äö])",
    ),
    "French": Language(
        months=_listed(
            "janvier, février, mars, avril, mai, juin, juillet, août aout, septembre, octobre, novembre, décembre"
        ),
        weekdays=_listed("lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche"),
        units=("jours?", "semaines?", "mois", "an|ans|année|années"),
        last="(?:l[ae] |l['’])?{} (?:derni(?:er|ère)|passée?)",
        this="(?:cet|cette|ce) {}",
        next="(?:l[ae] |l['’])?{} prochaine?",
        ago="il y a {n} {}",
        said={
            _TODAY: "aujourd['’]hui",
            _TOMORROW: "demain",
            _BEFORE: "avant-hier",
            _AFTER: "après-demain",
            "last quarter": "(?:le )?trimestre (?:dernier|passé)",
            "this quarter": "ce trimestre",
            "next quarter": "(?:le )?(?:trimestre prochain|prochain trimestre)",
        },
        unsure={_YESTERDAY: "hier"},
        sign=r"\b(?:j['’]|une|nous|avec|dans|suis|est|été|mon|elle|ils?|qui|que|quoi|fait)\b"
        r"|\bqu['’]|\b(?:ai|suis)-je\b|[éèêàçù]",
    ),
    "German": Language(
        months=_listed(
            "januar jänner, februar, märz, april, mai, juni, juli, august, september, oktober, november, dezember"
        ),
        weekdays=_listed("montag, dienstag, mittwoch, donnerstag, freitag, samstag sonnabend, sonntag"),
        units=("tag|tage|tagen", "woche|wochen", "monat|monate|monaten", "jahr|jahre|jahren"),
        last="(?:im )?(?:letzte|vorige|vergangene)[rnsm]? {}",
        this="(?:in )?diese[rnsm]? {}",
        next="(?:im )?(?:nächste|kommende)[rnsm]? {}",
        ago="vor {n} {}",
        said={
            _YESTERDAY: "gestern",
            _TODAY: "heute",
            _TOMORROW: "morgen früh",
            _BEFORE: "vorgestern",
            _AFTER: "übermorgen",
            "last quarter": "(?:im )?(?:letzte|vorige|vergangene)[ns] quartal",
            "this quarter": "(?:in )?diese[ms] quartal",
            "next quarter": "(?:im )?(?:nächste|kommende)[ns] quartal",
        },
    ),
    "Greek": Language(
        months=(
            *_listed(
                "ιανουάριος ιανουαρίου ιανουάριο, φεβρουάριος φεβρουαρίου φεβρουάριο, μάρτιος μαρτίου μάρτιο μάρτη"
            ),
            *_listed("απρίλιος απριλίου απρίλιο απρίλη, μάιος μαΐου μαϊου μάιο μάη"),
            *_listed("ιούνιος ιουνίου ιούνιο, ιούλιος ιουλίου ιούλιο"),
            *_listed("αύγουστος αυγούστου αύγουστο, σεπτέμβριος σεπτεμβρίου σεπτέμβριο, οκτώβριος οκτωβρίου οκτώβριο"),
            *_listed("νοέμβριος νοεμβρίου νοέμβριο, δεκέμβριος δεκεμβρίου δεκέμβριο"),
        ),
        weekdays=_listed("δευτέρα, τρίτη, τετάρτη, πέμπτη, παρασκευή, σάββατο, κυριακή"),
        units=(
            "ημέρα|ημέρες|μέρα|μέρες",
            "εβδομάδα|εβδομάδες|βδομάδα|βδομάδες",
            "μήνα|μήνες|μήνας",
            "έτος|έτη|χρόνο|χρόνια|χρονιά",
        ),
        last="(?:προηγούμεν|περασμέν)[οηό][νς]? {}",
        this="(?:αυτόν τον|αυτή(?:ν)? την|αυτό το) {}",
        next="(?:επόμεν|ερχόμεν)[οη][νς]? {}",
        ago="πριν (?:από )?{n} {}",
        said={
            _YESTERDAY: "χθες|χτες",
            _TODAY: "σήμερα",
            _TOMORROW: "αύριο",
            _BEFORE: "προχθές|προχτές",
            _AFTER: "μεθαύριο",
            _LAST_YEAR: "πέρυσι|πέρσι",
            _THIS_YEAR: "φέτος",
            _NEXT_YEAR: "του χρόνου",
        },
    ),
    "Hebrew": Language(
        months=tuple(
            "|".join(f"{form}|ב{form}" for form in name.split("|"))
            for name in _listed(
                "ינואר, פברואר, מרץ מרס, אפריל, מאי, יוני, יולי, אוגוסט, ספטמבר, אוקטובר, נובמבר, דצמבר"
            )
        ),
        weekdays=tuple(f"(?:ב?יום )?{day}" for day in ("שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת", "ראשון")),
        units=("ימים|יום", "ב?ה?שבוע|שבועות", "ב?ה?חודש|חודשים", "ב?ה?שנה|שנים"),
        last="{} שעברה?",
        this="{} הזאת|{} הזה|{} הנוכחית?",
        next="{} הבאה?",
        ago="לפני {n} {}",
        said={
            _YESTERDAY: "אתמול",
            _TODAY: "(?<!אותו )היום(?! הראשון| האחרון| הבא| שבו)",
            _TOMORROW: "מחר",
            _BEFORE: "שלשום",
            _AFTER: "מחרתיים",
            _LAST_YEAR: "אשתקד",
            "2 days ago": "לפני יומיים",
            "2 weeks ago": "לפני שבועיים",
            "2 months ago": "לפני חודשיים",
            "2 years ago": "לפני שנתיים",
            "1 day ago": "לפני יום",
            "1 week ago": "לפני שבוע",
            "1 month ago": "לפני חודש",
            "1 year ago": "לפני שנה",
        },
    ),
    "Hindi": Language(
        months=(
            *_listed("जनवरी, फ़रवरी फरवरी, मार्च, अप्रैल, मई, जून, जुलाई, अगस्त, सितंबर सितम्बर, अक्टूबर अक्तूबर"),
            *_listed("नवंबर नवम्बर, दिसंबर दिसम्बर"),
        ),
        weekdays=_listed("सोमवार, मंगलवार, बुधवार, गुरुवार, शुक्रवार, शनिवार, रविवार"),
        units=("दिन|दिनों", "हफ़्ते|हफ्ते|हफ़्ता|सप्ताह|हफ़्तों|हफ्तों", "महीने|महीना|माह|महीनों", "साल|वर्ष|सालों"),
        last="(?:पिछले|गत) {}",
        this="इस {}",
        next="अगले {}",
        ago="{n} {} पहले",
        said={_TODAY: "आज", _YESTERDAY: "बीते कल", _TOMORROW: "आने वाले कल"},
        # The same word is yesterday and tomorrow; only a sentence that tells of what was makes it the one.
        unsure={_YESTERDAY: "कल"},
        sign=r"(?:^|\s)(?:था|थी|थे|थीं|ने|मैंने|उसने|हमने|उन्होंने|गया|गई|गए)(?=[\s।,.!?]|$)",
    ),
    "Hungarian": Language(
        months=tuple(
            f"{name}|+{name}ban|+{name}ben|+{name}ában|+{name}ében|{name}i|{name}tól|{name}től|{name}ig"
            for name in _listed(
                "január, február, március, április, május, június, július, augusztus, szeptember, október, "
                "november, december"
            )
        ),
        weekdays=_listed(
            "hétfő hétfőn, kedd kedden, szerda szerdán, csütörtök csütörtökön, péntek pénteken, "
            "szombat szombaton, vasárnap"
        ),
        units=("nappal|nap", "hét|héten|héttel", "hónap|hónapban|hónappal", "év|évben|évvel"),
        last="(?:a )?(?:múlt|elmúlt) {}",
        this="(?:ezen a|ebben a[z]?) {}",
        next="(?:a )?jövő {}",
        ago="{n} {} ezelőtt",
        said={
            _YESTERDAY: "tegnap",
            _TOMORROW: "holnap",
            _BEFORE: "tegnapelőtt",
            _AFTER: "holnapután",
            _LAST_YEAR: "tavaly",
            _THIS_YEAR: "idén",
            _NEXT_YEAR: "jövőre",
        },
        unsure={_TODAY: "ma"},
        sign=r"[őű]|\b(?:vagyok|volt|voltam|egy|és|hogy|meg|lesz|nincs)\b",
    ),
    "Indonesian": Language(
        months=_listed(
            "januari, februari, maret, april, mei, juni, juli, agustus, september, oktober, november, desember"
        ),
        # Without its "hari" (day) Sunday is the word for a week.
        weekdays=(*_listed("senin, selasa, rabu, kamis, jumat, sabtu"), "ahad|hari minggu"),
        units=("hari", "minggu|pekan", "bulan", "tahun"),
        last="(?:hari )?(?<!beberapa )(?<!belas )(?<!puluh )(?<!banyak ){} (?:yang )?lalu",
        this="{} ini",
        next="(?:hari )?{} depan",
        ago="{n} {} (?:yang )?lalu",
        said={
            _YESTERDAY: "kemarin",
            _TODAY: "hari ini",
            _TOMORROW: "besok",
            _BEFORE: "kemarin (?:lusa|dulu)",
            "1 week ago": "seminggu (?:yang )?lalu",
            "1 month ago": "sebulan (?:yang )?lalu",
            "1 year ago": "setahun (?:yang )?lalu",
        },
        unsure={_AFTER: "lusa"},
        sign=r"\b(?:saya|aku|kami|kita|akan|yang|dan|ini|dari|untuk|dengan)\b",
    ),
    "Italian": Language(
        months=_listed(
            "gennaio, febbraio, marzo, aprile, maggio, giugno, luglio, agosto, settembre, ottobre, novembre, dicembre"
        ),
        weekdays=_listed("lunedì, martedì, mercoledì, giovedì, venerdì, sabato, domenica"),
        units=("giorn[oi]", "settiman[ae]", "mes[ei]", "ann[oi]"),
        last="(?:la |il |l['’])?{} (?:scors[oa]|passat[oa])|(?:l[ao] )?scors[oa] {}",
        this="quest(?:[ao] |['’]){}",
        next="(?:la |il |l['’])?{} prossim[oa]|(?:il |la )?prossim[oa] {}",
        ago="{n} {} fa",
        said={
            _YESTERDAY: "ieri",
            _TODAY: "oggi",
            _TOMORROW: "domani",
            _BEFORE: "l['’]altro ieri|avantieri",
            _AFTER: "dopodomani",
            "last quarter": "(?:lo )?scorso trimestre|(?:il )?trimestre scorso",
            "this quarter": "questo trimestre",
            "next quarter": "(?:il )?(?:prossimo trimestre|trimestre prossimo)",
        },
    ),
    "Japanese": Language(
        weekdays=tuple(f"{day}曜日?" for day in "月火水木金土日"),
        units=("日", "週間|週", "[かヶケカ箇]月|月", "年"),
        last="先週の(?:{})|先(?:{})",
        this="今週の(?:{})|今(?:{})",
        next="来週の(?:{})|(?<![将由本従以])来(?:{})",
        ago="{n}{}前(?!後)",
        said={
            _YESTERDAY: "昨日|きのう",
            _TODAY: "今日",
            _TOMORROW: "(?<![説说說証])明日",
            _BEFORE: "一昨日|おととい",
            _AFTER: "明後日|あさって",
            _LAST_YEAR: "(?<![过過失])去年|(?<!一)昨年",
            "2 years ago": "一昨年|おととし",
            "2 weeks ago": "先々週",
            "2 months ago": "先々月",
            _NEXT_YEAR: "来年",
            "last quarter": "前四半期",
            "this quarter": "今四半期",
            "next quarter": "来四半期",
        },
        of_week=True,
        dense=True,
    ),
    "Korean": Language(
        weekdays=tuple(f"{day}요일" for day in "월화수목금토일"),
        units=("일", "주", "개월|달", "년|해"),
        last="지난\\s?(?:{})",
        this="이번\\s?(?:{})",
        next="다음\\s?(?:{})",
        ago="{n}\\s?{}\\s?전(?=에|부터|까지|쯤|의|\\W|$)",
        said={
            _YESTERDAY: "어제",
            _TODAY: "오늘",
            _TOMORROW: "내일",
            _BEFORE: "그저께",
            _AFTER: "모레",
            _LAST_YEAR: "(?<!재)작년",
            "2 years ago": "재작년",
            "2 weeks ago": "지지난 ?주",
            "2 months ago": "지지난 ?달",
            _THIS_YEAR: "올해",
            _NEXT_YEAR: "내년",
        },
        dense=True,
    ),
    "Polish": Language(
        months=(
            *_listed(
                "styczeń stycznia styczniu, luty lutego lutym, marzec marca marcu, kwiecień kwietnia kwietniu, "
                "maj maja maju"
            ),
            *_listed(
                "czerwiec czerwca czerwcu, lipiec lipca lipcu, sierpień sierpnia sierpniu, wrzesień września wrześniu"
            ),
            *_listed("październik października październiku, listopad listopada listopadzie, grudzień grudnia grudniu"),
        ),
        weekdays=_listed("poniedziałek, wtorek, środa środę, czwartek, piątek, sobota sobotę, niedziela niedzielę"),
        units=(
            "dzień|dni",
            "tydzień|tygodnie|tygodni|tygodniu",
            "miesiąc|miesiące|miesięcy|miesiącu",
            "rok|lata|lat|roku",
        ),
        last="w (?:zeszł|ubiegł|minion)(?:ym|ą|y|e) {}",
        this="w tym {}",
        next="w (?:przyszł|następn)(?:ym|ą|y) {}",
        ago="{n} {} temu",
        said={
            _YESTERDAY: "wczoraj",
            _TODAY: "dzisiaj|dziś",
            _TOMORROW: "(?<!dobro )(?<!svako )(?<!ovo )jutro(?! je)",
            _BEFORE: "przedwczoraj",
            _AFTER: "pojutrze",
            "1 week ago": "tydzień temu",
            "1 month ago": "miesiąc temu",
            "1 year ago": "rok temu",
        },
    ),
    "Portuguese": Language(
        months=_listed(
            "janeiro, fevereiro, março, abril, maio, junho, julho, agosto, setembro, outubro, novembro, dezembro"
        ),
        weekdays=_listed("segunda-feira, terça-feira, quarta-feira, quinta-feira, sexta-feira, sábado, domingo"),
        units=("dias?", "semanas?", "mês|meses", "anos?"),
        last="(?:n?[ao] )?{} passad[oa]|(?:n?[ao] )?últim[oa] {}",
        this="n?est[ea] {}",
        next="(?:n?[ao] )?{} que vem|(?:n?[ao] )?próxim[oa] {}",
        ago="há {n} {}",
        said={
            _YESTERDAY: "ontem",
            _TODAY: "hoje",
            _TOMORROW: "amanhã",
            _BEFORE: "anteontem",
            "last quarter": "(?:n?o )?(?:trimestre passado|último trimestre)",
            "this quarter": "neste trimestre",
            "next quarter": "(?:n?o )?(?:próximo trimestre|trimestre que vem)",
        },
    ),
    "Russian": Language(
        months=(
            *_listed(
                "январь января январе, февраль февраля феврале, март марта марте, апрель апреля апреле, май мая мае"
            ),
            *_listed("июнь июня июне, июль июля июле, август августа августе, сентябрь сентября сентябре"),
            *_listed("октябрь октября октябре, ноябрь ноября ноябре, декабрь декабря декабре"),
        ),
        weekdays=_listed("понедельник, вторник, среда среду, четверг, пятница пятницу, суббота субботу, воскресенье"),
        units=("день|дня|дней", "недел[юие]|недель", "месяца?|месяцев|месяце", "года?|лет|году"),
        last="(?:на |в )?прошл(?:ой|ом|ую|ый|ое|ым) {}",
        this="(?:на |в )?эт(?:ой|ом|у|от) {}",
        next="(?:на |в )?следующ(?:ей|ем|ую|ий|ее) {}",
        ago="{n} {} назад",
        said={
            _YESTERDAY: "вчера",
            _TODAY: "сегодня",
            _TOMORROW: "завтра",
            _BEFORE: "позавчера",
            _AFTER: "послезавтра",
            "1 week ago": "неделю назад",
            "1 month ago": "месяц назад",
            "1 year ago": "год назад",
            "last quarter": "(?:в )?прошл(?:ом|ый) квартал(?:е)?",
            "this quarter": "(?:в )?эт(?:ом|от) квартал(?:е)?",
            "next quarter": "(?:в )?следующ(?:ем|ий) квартал(?:е)?",
        },
    ),
    "Spanish": Language(
        months=_listed(
            "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre setiembre, "
            "octubre, noviembre, diciembre"
        ),
        weekdays=_listed("lunes, martes, miércoles, jueves, viernes, sábado, domingo"),
        units=("días?", "semanas?", "mes|meses", "años?"),
        last="(?:el |la )?{} pasad[oa]|el último {}",
        this="est[ea] {}",
        next="(?:el |la )?{} (?:que viene|próxim[oa])|(?:el |la )?próxim[oa] {}",
        ago="hace {n} {}",
        said={
            _YESTERDAY: "ayer",
            _TODAY: "hoy",
            _BEFORE: "anteayer|antes de ayer",
            _AFTER: "pasado mañana",
            "last quarter": "(?:el )?(?:trimestre pasado|último trimestre)",
            "this quarter": "este trimestre",
            "next quarter": "(?:el )?(?:próximo trimestre|trimestre que viene)",
        },
    ),
    "Swahili": Language(
        months=_listed(
            "januari, februari, machi, aprili, mei, juni, julai, agosti, septemba, oktoba, novemba, desemba"
        ),
        weekdays=_listed("jumatatu, jumanne, jumatano, alhamisi, ijumaa, jumamosi, jumapili"),
        units=("siku", "wiki", "mwezi|miezi", "mwaka|miaka"),
        last="{} (?:iliyopita|uliopita)",
        this="{} (?:hii|huu)",
        next="{} (?:ijayo|ujao)",
        ago="{} {n} (?:zilizopita|iliyopita)",
        said={_TOMORROW: "kesho", _BEFORE: "juzi", _AFTER: "kesho kutwa", _LAST_YEAR: "mwaka jana"},
        unsure={_YESTERDAY: "jana", _TODAY: "leo"},
        sign=r"\b(?:nili|nime|nina|tuli|tume|tuna|alini|wali|nita|tuta)[a-z]{2,}|\b(?:kwa|wangu|yangu|langu|mimi|sana|katika)\b",
    ),
    "Swedish": Language(
        months=_listed(
            "januari, februari, mars, april, maj, juni, juli, augusti, september, oktober, november, december"
        ),
        weekdays=_listed(
            "måndag måndagen, tisdag tisdagen, onsdag onsdagen, torsdag torsdagen, fredag fredagen, "
            "lördag lördagen, söndag söndagen"
        ),
        units=("dag|dagar", "veckan?|veckor", "månad(?:en|er)?", "år(?:et)?"),
        last="förra {}",
        this="(?:den|det) här {}|denna {}|detta {}",
        next="nästa {}",
        ago="för {n} {} sedan",
        said={
            _YESTERDAY: "igår|i går",
            _TODAY: "idag|i dag",
            _TOMORROW: "imorgon|i morgon",
            _BEFORE: "i förrgår",
            _AFTER: "i övermorgon",
            _LAST_YEAR: "i fjol",
            _THIS_YEAR: "i år",
        },
    ),
    "Thai": Language(
        months=(
            *_listed("มกราคม, กุมภาพันธ์, มีนาคม, เมษายน, พฤษภาคม, มิถุนายน, กรกฎาคม, สิงหาคม, กันยายน, ตุลาคม"),
            *_listed("พฤศจิกายน, ธันวาคม"),
        ),
        weekdays=_listed("วันจันทร์, วันอังคาร, วันพุธ, วันพฤหัสบดี วันพฤหัส, วันศุกร์, วันเสาร์, วันอาทิตย์"),
        units=("วัน", "สัปดาห์|อาทิตย์", "เดือน", "ปี"),
        last="".join(f"(?<!{word})" for word in _THAI_COUNTS.split()) + "(?:{})(?:ที่แล้ว|ก่อน)",
        this="(?:{})นี้",
        next="(?:{})หน้า",
        ago="{n} ?{} ?(?:ที่แล้ว|ก่อน)",
        said={
            _YESTERDAY: "เมื่อวานนี้|เมื่อวาน",
            _TODAY: "วันนี้",
            _TOMORROW: "พรุ่งนี้",
            _BEFORE: "เมื่อวานซืนนี้|เมื่อวานซืน",
            _AFTER: "มะรืนนี้|มะรืน",
        },
        dense=True,
    ),
    "Turkish": Language(
        months=_listed("ocak, şubat, mart, nisan, mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım, aralık"),
        weekdays=_listed("pazartesi, salı, çarşamba, perşembe, cuma, cumartesi, pazar"),
        units=("gün", "hafta", "ay", "yıl|sene"),
        last="geçen {}|geçtiğimiz {}",
        this="bu {}",
        next="(?:gelecek|önümüzdeki) {}",
        ago="{n} {} önce",
        said={
            _YESTERDAY: "dün",
            _TODAY: "bugün",
            _TOMORROW: "yarın",
            _BEFORE: "(?:evvelsi|evvelki|önceki) gün",
            _LAST_YEAR: "bıldır",
        },
    ),
    "Ukrainian": Language(
        months=(
            *_listed("січень січня січні, лютий лютого лютому, березень березня березні, квітень квітня квітні"),
            *_listed("травень травня травні, червень червня червні, липень липня липні, серпень серпня серпні"),
            *_listed(
                "вересень вересня вересні, жовтень жовтня жовтні, листопад листопада листопаді, грудень грудня грудні"
            ),
        ),
        weekdays=(
            *_listed("понеділок понеділка, вівторок вівторка, середа середи середу, четвер четверга"),
            *_listed("п['’ʼ]ятниця п['’ʼ]ятниці п['’ʼ]ятницю, субота суботи суботу, неділя неділі неділю"),
        ),
        units=("день|дні|днів", "тиждень|тижні|тижнів|тижня", "місяць|місяці|місяців|місяця", "рік|роки|років|року"),
        last="минул(?:ого|ої|ий|у) {}",
        this="цього {}|цієї {}",
        next="наступн(?:ого|ої|ий|у) {}",
        ago="{n} {} тому",
        said={
            _YESTERDAY: "вчора|учора",
            _TODAY: "сьогодні",
            _BEFORE: "позавчора",
            _AFTER: "післязавтра",
            _LAST_YEAR: "торік",
            "1 week ago": "тиждень тому",
            "1 month ago": "місяць тому",
            "1 year ago": "рік тому",
        },
    ),
    "Vietnamese": Language(
        weekdays=(*(f"thứ {day} tuần" for day in ("hai", "ba", "tư", "năm", "sáu", "bảy")), "chủ nhật tuần"),
        units=("ngày", "tuần", "tháng", "năm"),
        last="(?<!nhiều )(?<!mấy )(?<!vài )(?<!lăm )(?<!mươi ){} (?:trước|rồi|vừa rồi)",
        this="{} (?:này|nay)",
        next="{} (?:sau|tới)",
        ago="{n} {} trước",
        said={
            _YESTERDAY: "hôm qua",
            _TODAY: "hôm nay",
            _TOMORROW: "ngày mai",
            _BEFORE: "hôm kia",
            _AFTER: "ngày kia",
            _LAST_YEAR: "năm ngoái",
        },
        of_week=True,
    ),
}

# Words for small numbers beside those of the vocabulary, which has none for one.
NUMBERS: Final = {
    1: "ein eine einem einer einen un una uno um uma une een en et ett jeden jedna jednu jedną один одну одна một satu "
    "moja yksi yhden egy bir एक ένα έναν μία μια واحد 一 한 หนึ่ง",
    2: "to due kaksi kahden két kettő hai dvěma двух mbili שני שתי दो 二 两 兩 두 สอง",
    3: "kolme kolmen három ba třemi трёх tatu שלושה ثلاث 三 세 สาม",
    4: "neljä négy bốn čtyřmi четырёх nne ארבעה أربع 四 네 สี่",
    5: "viisi öt năm pěti пяти tano חמישה خمس 五 다섯 ห้า",
    6: "kuusi hat sáu šesti шести sita שישה ست 六 여섯 หก",
    7: "seitsemän hét bảy sedmi семи saba שבעה سبع 七 일곱 เจ็ด",
    8: "kahdeksan nyolc tám osmi восьми nane שמונה ثمان 八 여덟 แปด",
    9: "yhdeksän kilenc chín devíti девяти tisa תשעה تسع 九 아홉 เก้า",
    10: "kymmenen tíz mười deseti десяти kumi עשרה عشر 十 열 สิบ",
}
