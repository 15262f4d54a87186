"""How people say what they like, avoid or choose, in the first person: a few phrases of each language.

Each is a regular expression over folded text (`fold`): lower case, without accents. A dislike is a preference, too; not
being a vegetarian is none.
"""

from typing import Final

_DIET: Final = (
    r"(?:vegetari|vegan|vegetal|pescatari|pesceta|halal|kosher|celia|coelia|lactose|gluten|intoler|allerg|alerg)\w*"
)
# Where a sentence or a clause begins: "adik saya suka teh" is about another.
_FIRST: Final = r"(?:(?<=^)|(?<=[,;:(] )|(?<=tapi )|(?<=dan )|(?<=karena )|(?<=nhưng )|(?<=vì )|(?<=và ))"

SPACED: Final = {
    "en": (
        r"(?:i|we)(?:'ve| have)? (?:(?:really|absolutely|also|just|always|usually|still|now|only|particularly|truly|do) )*"
        r"(?:(?:love|like|enjoy|adore|prefer|hate|dislike|detest|avoid|favou?r|loved|liked|enjoyed|hated)(?! you\b| it when you)|"
        r"can'?t stand|cannot stand|can'?t bear|would rather|am into|am (?:very )?fond of|am (?:a )?(?:big |huge )?fan of|"
        r"(?:don'?t|do not|never) (?:really )?(?:like|enjoy|eat|drink|want|use))",
        r"(?:i'd|we'd) rather|(?:i'm|we're|im) (?:\w+ )?(?:into|fond of|a (?:big |huge )?fan of)",
        r"my (?:\w+ )?favou?rite \w+|my preferred",
        rf"(?:i am|i'm|im|we are|we're) (?:(?:a|an|also|really|now|severely|strictly?|very) )*{_DIET}",
    ),
    "de": (
        r"(?:ich|wir) (?:\w+ ){0,2}(?:mag|mogen|liebe|lieben|hasse|hassen|bevorzuge|bevorzugen|verabscheue|meide|geniesse)(?! dich| euch)",
        r"(?:mag|liebe|hasse|bevorzuge) ich(?! dich| euch)",
        r"(?:ich|wir) (?!hatten? |wurden? |mochten? |waren? |will )(?:\w+ ){1,6}(?:gern|gerne|lieber|liebsten|ungern)|(?:am liebsten|lieber|gerne?) \w+ (?:ich|wir)",
        r"(?:mein|meine|meinen|unser|unsere) lieblings\w+",
        rf"ich bin (?:(?:auch|eine?|seit \w+|sehr|stark|gegen \w+) )*{_DIET}|ich habe (?:eine )?(?!kein)\w*allergie|ich vertrage kein\w*",
        r"ich kann (?:\w+ ){1,4}nicht (?:leiden|ausstehen|ab)|(?:mir|uns) (?:gefallt|gefallen|schmeckt|schmecken)|"
        r"(?:gefallt|gefallen|schmeckt|schmecken) mir",
        r"ich (?:esse|trinke) (?:nie|kein\w*)",
    ),
    "fr": (
        r"j(?:e (?:ne |n')?|')(?:aime|adore|prefere|deteste|hais|apprecie|evite)|je n'aime",
        r"je ne (?:supporte|mange|bois) (?:pas|jamais|plus)|j'ai horreur|(?:mon|ma|mes|notre|nos) (?:\w+ ){1,2}preferee?s?",
        rf"je suis (?:(?:tres|aussi|devenue?|plutot|une?) )*{_DIET}",
    ),
    "es": (
        r"(?:me|nos) (?:(?:no|mas|tambien) )?(?:gusta|gustan|encanta|encantan|fascinan?|apasionan?|chiflan?)",
        r"(?<!el )(?<!un )(?<!su )(?:prefiero|odio|detesto|evito)|(?:mi|mis|nuestr[ao]s?) (?:\w+ ){1,3}(?:favorit|preferid)[oa]s?|yo adoro|yo amo",
        rf"(?<!no )soy (?:(?:muy|una?) )*{_DIET}|(?:no|nunca) (?:como|bebo|soporto|aguanto)|tengo alergia",
    ),
    "pt": (
        r"(?:nao |eu )*(?:gosto|curto) (?:(?:muito|mais|bastante|tanto|nada) )?(?:de|da|do|das|dos)",
        r"(?<!o )(?:adoro|prefiro|detesto|odeio)|(?:meu|meus|minha|minhas|nossa?) (?:\w+ ){1,3}(?:favorit|preferid)[oa]s?|eu amo(?! voce| te)",
        rf"(?<!nao )sou (?:(?:muito|uma?) )*{_DIET}|(?:nao|nunca) (?:como|bebo|suporto)|tenho alergia",
    ),
    "it": (
        r"(?:mi|ci) (?:\w+ )?(?:piace|piacciono)|(?<!l')preferisco|(?:mio|mia|miei|mie|nostr[oa]) (?:\w+ ){0,3}preferit[oaie]|adoro|detesto",
        r"(?<!l')(?<!un )\bodio (?:\w+)",
        rf"(?<!non )sono (?:(?:molto|anche|una?) )*{_DIET}|non (?:mangio|bevo|sopporto)",
    ),
    "nl": (
        r"ik (?:\w+ )?(?:hou|houd) (?:(?:erg|niet|ook|veel|heel) ){0,3}van(?! je\b| jou\b| jullie)|ik (?:haat|verkies|vermijd)",
        r"ik lust|ik (?:\w+ ){1,5}(?:graag|liever|liefst|lekker|leuk)\b|(?:mijn|onze|m'n) (?:\w+ )?(?:favoriete|lievelings\w+)|hekel aan",
        rf"ik ben (?:(?:ook|een|erg|zwaar) )*(?:{_DIET}|vegetarier)|ik (?:eet|drink) (?:geen|nooit)",
    ),
    "pl": (
        r"(?:lubie|uwielbiam|kocham|wole|preferuje|nienawidze|nie znosze|nie cierpie|unikam)(?! cie\b| was\b)",
        r"(?:moj|moja|moje|moim|moimi) (?:\w+ )?ulubion\w+|smakuje mi",
        r"(?<!nie )jestem (?:\w+ )?(?:wegetarian|wegan|uczulon|na diecie)\w*|(?<!nie )mam (?:\w+ )?alergie|nie (?:jem|pije)",
    ),
    "cs": (
        r"(?:mam|nemam) (?:\w+ ){0,4}rad[ai]?|nerad[a]?|rad[a]? (?:jim|piju|ctu|chodim|posloucham|varim|cestuji|delam|hraju)",
        r"(?:miluji|miluju|zboznuji|zboznuju|nesnasim|nenavidim|preferuji|preferuju|uprednostnuji)(?! te\b)",
        r"(?:ne)?(?:chutna|chutnaji|libi se|libi) mi|(?:muj|moje|moji|ma) (?:\w+ )?(?:nej)?oblib\w+|nejim|nepiju",
        rf"jsem (?:\w+ )?{_DIET}|(?<!nie )mam (?:\w+ )?alergii",
    ),
    "ru": (
        r"мне (?:\w+ ){0,3}(?:нравится|нравятся)|(?:нравится|нравятся) мне|"
        r"(?<!тебя )(?:люблю|обожаю|предпочитаю|ненавижу|не переношу)(?! тебя| вас)|терпеть не могу|не выношу",
        r"(?:мой|моя|мое|мои) (?:\w+ ){0,2}(?:любим\w+|предпочт\w+)|я (?:\w+ ){0,1}(?<!не )(?:вегетариан|веган)\w*",
        r"(?:у меня|мой|моя) (?:\w+ )?аллергия|я не (?:ем|пью)",
    ),
    "uk": (
        r"мені (?:\w+ ){0,3}(?:подобається|подобаються)|(?<!тебе )(?:люблю|обожнюю|ненавиджу)(?! тебя| тебе| вас)|(?:надаю|віддаю) перевагу|терпіти не можу",
        r"(?:мій|моя|моє|мої) (?:\w+ ){0,2}улюблен\w+|я (?:\w+ )?(?<!не )(?:вегетаріан|веган)\w*|у мене (?:\w+ )?алергія|не (?:їм|п'ю)",
    ),
    "tr": (
        r"(?<!seni )(?<!sizi )(?:severim|seviyorum|sevmem|sevmiyorum|bayılırım|hoşlan(?:ırım|ıyorum|mam|mıyorum))",
        r"(?:tercih|nefret) (?:ederim|ediyorum)|en sevdiğim|favori\w* \w+m\b|vejetaryenim|veganım|alerjim var|\w+ (?:yemem|içmem|yemiyorum|içmiyorum)",
    ),
    "sv": (
        r"jag (?:\w+ )?(?:gillar|älskar|föredrar|hatar|avskyr|undviker)(?! dig| er\b)|jag tycker (?:\w+ ){0,2}om|jag tål inte",
        r"(?:min|mitt|mina) (?:\w+ )?(?:favorit|älsklings)\w*|jag är (?:(?:också|en|väldigt) )*" + _DIET + r"|jag (?:äter|dricker) (?:inte|aldrig)",
    ),
    "da": (r"jeg (?:\w+ )?(?:elsker|foretrækker|hader|undgår)(?! dig| deg| jer)|jeg kan (?:\w+ )?(?:godt|bedst|ikke) lide|(?:min|mit|mine) yndlings\w+",),
    "nb": (r"jeg (?:\w+ )?(?:liker|elsker|foretrekker|hater|unngår)(?! dig| deg| dere)|favoritt\w* (?:min|mitt|mine)|(?:min|mitt) favoritt\w*|jeg er " + _DIET,),
    "fi": (r"(?:pidän|rakastan|inhoan|vihaan|suosin)(?! sinua)|en pidä|lempi\w+ni|olen (?:kasvissyöjä|vegaani|allerginen)",),
    "ar": (
        r"[وف]?(?:أحب|أعشق|أكره|أتجنب)|لا (?:أطيق|آكل|أشرب|أتحمل)|(?:لا )?(?:يعجبني|تعجبني)|أنا (?:\w+ )?أفضل|أفضل (?:\w+ ){1,4}على",
        r"\w+ي المفضل\w*|المفضل\w* (?:لدي|عندي)|أنا (?:شخص )?(?:نباتي|نباتية)|(?:عندي|لدي) حساسية",
    ),
    "he": (
        r"אני (?:(?:ממש|מאוד|לא|מאד|כל כך|גם|הכי|יותר) )*(?:אוהב|אוהבת|מעדיף|מעדיפה|שונא|שונאת|נמנע|נמנעת|מת על|מתה על)(?! אותך| אתכם)",
        r"(?:אהוב|האהוב|האהובה|האהובים|המועדף|המועדפת) עליי?|אני (?:(?:גם|מאוד) )?(?:צמחוני|צמחונית|טבעוני|טבעונית|אלרגי|אלרגית)|יש לי אלרגי|אני לא (?:אוכל|אוכלת|שותה)",
    ),
    "vi": (
        rf"{_FIRST}(?:tôi|mình|tớ) (?:(?:rất|không|cũng|chỉ|thật sự|đặc biệt|chẳng|cực kỳ) )*(?:thích|yêu(?! cầu| em| anh| bạn)|ghét|chuộng|ưa|mê)",
        rf"{_FIRST}(?:tôi|mình|tớ) (?:ăn chay|không (?:ăn|uống)(?! chay)|(?:bị )?dị ứng)|yêu thích (?:nhất )?của (?:tôi|mình)",
    ),
    "id": (
        rf"{_FIRST}(?:saya|aku) (?:(?:sangat|lebih|tidak|kurang|paling|juga|benar-benar|nggak|gak) )*(?:suka|menyukai|benci|membenci|gemar|menghindari)",
        rf"{_FIRST}(?:saya|aku) (?:(?:seorang|punya) )?(?:vegetarian|vegan|alergi|tidak (?:makan|minum) \w+)|(?:favorit|kesukaan|kegemaran)(?:ku| saya| aku)",
    ),
    "el": (
        r"(?<!η )(?<!μητερα )(?<!αδελφη )(?<!αδερφη )(?:μου|μας) (?:\w+ )?αρεσ\w+|μ'αρεσ\w+|(?<!σε )(?:λατρεύω|προτιμώ|μισώ|σιχαίνομαι|αγαπώ|αποφεύγω|απεχθάνομαι)(?! εσένα)",
        r"αγαπημέν\w+ μου|(?:μου|μας) αγαπημέν\w+|(?<!δεν )είμαι (?:\w+ )?(?:χορτοφάγ|βίγκαν|vegan|αλλεργικ)\w*|δεν (?:αντέχω|τρώω|πίνω)",
    ),
}  # fmt: skip
"""By language, with blanks between words: each stands at the beginning of a word."""

UNSPACED: Final = {
    "hi": (
        r"मुझे .{0,60}(?:पसंद|पसन्द)|मुझे .{0,60}(?:अच्छा|अच्छी|अच्छे) लग|मुझे .{0,60}(?:नफ़रत|नफरत)|मैं .{0,60}(?:नापसंद|पसंद) कर",
        r"मेर[ाीे] .{0,20}(?:पसंदीदा|मनपसंद)|मैं .{0,12}(?:शाकाहारी|वीगन)(?! नहीं)|मुझे (?!कोई).{1,40}एलर्जी(?! नहीं)|मैं .{1,40}नहीं (?:खात|पीत)",
    ),
    "zh": (
        r"我[们們]?(?:很|最|特别|非常|真的|一直|比较|比較|更|不|不太|也|都|其实|从来不|超级|超|还是)*"
        r"(?:喜欢|喜歡|爱(?!你|您|人|她|他)|愛(?!你|人)|讨厌|討厭|偏好|偏爱|恨(?!你)|受不了|不吃|不喝|吃素|忌口|习惯)",
        r"我对[^不]{1,12}过敏|我對[^不]{1,12}過敏|我是(?:一个|个|一個|个)?(?:素食|纯素|純素)|我的最爱|我最爱",
    ),
    "ja": (
        r"(?:好き|大好き|嫌い|大嫌い|苦手)(?!ですか)|(?:好みます|好んで|お気に入り|大好物)",
        r"アレルギー(?:が|持ち|です|なので)(?!ない|ありません)|(?:ベジタリアン|ヴィーガン|菜食主義(?:者)?)(?:です|だ|なので)|(?:食べられ|飲め|食べ|飲み)(?:ません|ない)",
    ),
    "ko": (
        r"(?:좋아|싫어|선호)(?:해|합|하(?!시|세)|한|했)|즐겨|최애|좋아요|싫어요",
        r"(?:알레르기|알러지)가? (?:있|심)|(?:채식주의자|비건)(?:예요|이에요|입니다|야|이야|라)|[못안] (?:먹|마[셔시])",
    ),
    "th": (r"(?:ผม|ฉัน|ดิฉัน|หนู|เรา)(?:ไม่|ก็|จะ)*(?:ชอบ|เกลียด|แพ้|กินเจ|เป็นมังสวิรัติ|ไม่กิน|ไม่ดื่ม)",),
}  # fmt: skip
"""By language, to be found anywhere: without blanks, or with endings that no rule of ours tells from words."""

# Where the speaker is left out of what they say, somebody else who is named is who likes.
OTHERS: Final = {
    "ja": r"(?:妹|姉|兄|弟|父|母|娘|息子|妻|夫|彼女?|友[人達]|友だち|子供|犬|猫|さん|ちゃん|くん)(?:は|が)",
    "ko": r"(?:동생|언니|누나|오빠|형|엄마|아빠|어머니|아버지|아내|남편|친구|아들|딸|그녀?|강아지|고양이|씨|님)[은는이가] ",
}
ONESELF: Final = {"ja": "私|僕|俺|わたし|ぼく", "ko": "나는|저는|내가|제가|난 |전 "}
