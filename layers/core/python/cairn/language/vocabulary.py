"""Function words, negations and number words of the languages people write here, folded: lower case, without accents.

Kept small on purpose. A word that is missing here only makes a check stricter, which keeps a fact twice rather than
losing one.
"""

from typing import Final

from cairn.language.fold import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


# Articles, pronouns, prepositions, conjunctions and auxiliaries: words that any two texts may share.
FUNCTION_WORDS: Final = _words(
    # English
    "a an the this that these those it its he she they we you i him her his hers them their our your my me us who whom "
    "which what when where there here and or but so as if than then of in on at to from by with for about into onto "
    "over under after before between during since until up down out off near is are was were be been being am has have "
    "had having do does did done will would shall should can could may might must don doesn didn isn aren wasn weren "
    "hasn haven hadn won wouldn shouldn couldn mustn also too very really just still now already again once often "
    "always usually only even much many more most some any all each every both such own because while "
    # German
    "der die das den dem des ein eine einen einem einer eines er sie es wir ihr ihm ihn ihnen ich du mich mir dich dir "
    "sich sein seine seinen seinem seiner ihre ihren ihrem ihrer mein meine meinen meinem meiner unser unsere und oder "
    "aber als wie wenn dass ob weil auf an am im in ins aus bei mit nach seit von vom vor zu zum zur um uber unter fur "
    "durch gegen bis ist sind war waren bin bist sei hat habe haben hatte hatten wird werden wurde wurden kann konnen "
    "muss soll will auch noch schon jetzt sehr nur dort hier da "
    # French
    "le la les l un une des du de d au aux ce cet cette ces il elle ils elles on nous vous je tu me te se lui leur "
    "leurs son sa ses mon ma mes ton ta tes notre nos votre vos qui que qu dont ou mais donc car si comme dans "
    "sur sous avec pour par en y a chez vers depuis pendant est sont etait ete etre suis sera ai as ont avait avoir "
    "fait plus tres aussi encore deja toujours "
    # Spanish, Portuguese, Italian
    "el los las uno unos unas al del lo ella ellos ellas yo nosotros usted ustedes mi mis su sus tu tus que quien como "
    "cuando donde con por para sin desde hasta entre sobre es son era eran fue ser esta estan estaba estar hay he ha "
    "han habia tiene muy tambien ya y e o u pero porque si se te nos les "
    "os as um uma uns umas ao aos do da dos das no na nos nas num numa pelo pela em com ele ela eles elas eu voce voces "
    "meu minha seu sua seus suas nosso nossa este esse essa isto isso foi sao era estao esta tem ter tambem ja mais mas "
    "muito ate desde "
    "il lo gli uno di del dello della dei degli delle al allo alla ai agli alle dal dalla nel nello nella nei nelle "
    "sul sulla con tra fra lui lei loro io tu noi voi mio mia miei mie suo sua suoi sue che chi cui dove quando e ed o "
    "ma perche anche e sono era erano stato stata essere ho hai abbiamo hanno aveva si ci vi ne piu molto ogni "
    # Dutch, Swedish, Danish, Norwegian
    "het een van in op aan met voor door naar uit bij over onder hij zij ze wij jij je ik mijn zijn haar hun ons onze "
    "dit dat die deze en of maar als dan is was waren ben bent heeft heb hebben had wordt werd kan moet zal ook nog al "
    "den det de en ett av pa i til till fran fra med for om han hon hun vi ni jag jeg du min mitt mine sin sitt "
    "sina hans hennes deras och og eller men som att at ar er var vara vaere har hade kan ska skal blir ble ocksa ogsa "
    # Polish, Czech
    "i w we z ze na do od po przez przy dla o u za nad pod ma sie jest sa byl byla bylo byli byc on ona ono oni ja ty my "
    "wy jego jej ich moj moja swoj to ten ta te tego tej oraz ale czy ze jak gdy bo juz tez bardzo "
    "je jsou byl byla bylo ve ke s k v o a i ale nebo ze ten ta to ktery ktera ma mit on ona oni ja ty jeho jeji uz "
    # Turkish
    "bir ve ile de da mi bu su o ben sen biz siz onlar icin gibi kadar daha cok her var ise ki olarak olan "
    # Russian, Ukrainian
    "и в во на с со к по из у о об от до за для при над под не он она оно они я ты мы вы его ее их мой моя мое свой "
    "своя это этот эта что как когда где но а или же уже еще очень есть был была было были быть "
    "і й та в у на з із до від по за про він вона воно вони я ти ми ви його її їх мій моя це цей ця що як коли де але "
    "або вже ще дуже є був була було були "
    # Greek
    "ο η το οι τα τον την του της των τους τις ενα ενας μια και να με σε στο στη στην στον στα απο για που πως οτι ειναι "
    "ηταν εχει εχω θα μου σου του μας σας αυτος αυτη αυτο "
    # Arabic, Persian, Hebrew
    "في من الى على عن مع هو هي هم انا انت نحن هذا هذه ذلك التي الذي ان كان كانت قد و او ثم "
    "از به با در را که و این ان است بود برای یک من او ما "
    "את של על עם אל הוא היא הם אני אתה אנחנו זה זאת אשר כי גם או היה היתה יש "
    # Hindi
    "है हैं था थी थे का की के को में से पर और या यह वह ये वे मैं हम तुम आप मेरा मेरी मेरे उसका उसकी उसके एक भी ही तो कि अब "
    # Korean, Vietnamese, Indonesian
    "그 그녀 나 저 우리 그리고 및 또는 있다 있습니다 이다 "
    "la va cua o trong voi cho tu den mot nhung cac thi ma nay do toi ban anh chi no rat cung da dang se "
    "yang dan di ke dari untuk dengan pada adalah itu ini dia saya aku kami kita mereka anda juga sudah telah akan"
)

# Words that only German has: it writes every noun with a capital, so that there a capital alone makes no name.
GERMAN: Final = _words(
    "der das dem ist und nicht ein eine einen einem einer bei mit seit sind wird bleibt zum zur vom im"
)
# What stands right before a name in German.
BEFORE_NAMES: Final = _words("in bei aus nach von mit für seit bis heißt namens herr frau dr")

# A capitalised word after one of these is a title or a common noun rather than a name.
ARTICLES: Final = _words("a an the his her their my our your le la les un une des du el los las il lo gli")

# Verbs that say little of what a sentence is about.
LIGHT_VERBS: Final = _words(
    "work works working worked live lives living lived like likes liked want wants wanted use uses used own owns owned go "
    "goes going went get gets got make makes made take takes took arbeitet wohnt lebt mochte mag macht travaille habite "
    "vit aime trabaja vive gusta lavora abita vive piace trabalha mora gosta werkt woont arbetar bor pracuje mieszka "
    "работает живет любит працює живе"
)

NEGATIONS: Final = _words(
    "not no never none nobody nothing neither nor without cannot hardly barely hates hate hated dislikes dislike avoids "
    "avoid refuses refuse stopped stops stop quit quits longer instead "
    "statt anstatt zamiast nicht kein keine keinen keinem keiner nie niemals nichts ohne hasst "
    "pas jamais rien aucun aucune sans deteste non sin nunca jamas nada ningun ninguna odia nao sem mai niente senza "
    "niet geen nooit zonder inte ikke ej aldrig aldri ingen utan uden uten nie nigdy bez ne neni neni nikdy "
    "не нет никогда без ні немає ніколи δεν μην ποτε χωρις "
    "لا لم لن ليس ليست بدون نه نیست بدون לא אין בלי नहीं मत बिना degil hic asla yok 안 못 않는다 없다 khong chua chang tidak bukan tanpa"
)

# The words for one are articles in many languages; words that mean something else in another language are left out.
_COUNTED: Final = {
    2: "two twice zwei zweimal deux dos dois duas twee tva dwa dwie dva dve iki два две дві δυο اثنان دو שתיים שני दो 둘 두 dua",
    3: "three thrice third drei trois tres tre drie trzy tri uc три τρεις τρια ثلاثة سه שלוש तीन 셋 세 tiga",
    4: "four vier quatre cuatro quattro quatro fyra fire cztery ctyri четыре чотири τεσσερα τεσσερις اربعة چهار ארבע चार 넷 네 empat",
    5: "five funf cinq cinco cinque vijf fem piec pet bes пять п'ять πεντε خمسة پنج חמש पांच 다섯 lima",
    6: "six sechs seis zes seks szesc sest alti шесть шість εξι ستة شش שש छह 여섯 enam",
    7: "seven sieben sept siete sette sete zeven sju syv siedem sedm yedi семь сім επτα سبعة هفت שבע सात 일곱 tujuh",
    8: "eight acht huit ocho oito atta atte osiem osm sekiz восемь вісім οκτω ثمانية هشت שמונה आठ 여덟 delapan",
    9: "nine neun neuf nueve nove negen dziewiec devet dokuz девять дев'ять εννεα تسعة نه תשע नौ 아홉 sembilan",
    10: "ten zehn dix diez dieci dez tien dziesiec deset десять δεκα عشرة ده עשר दस 열 sepuluh",
    11: "eleven elf undici elva elleve jedenascie jedenact одиннадцать одинадцять εντεκα",
    12: "twelve zwolf douze doce dodici doze twaalf tolv dwanascie dvanact двенадцать дванадцять δωδεκα",
    20: "twenty zwanzig vingt veinte venti vinte twintig tjugo tyve dwadziescia dvacet yirmi двадцать двадцять",
    30: "thirty dreissig trente treinta trenta trinta dertig trettio tredive trzydziesci tricet otuz тридцать",
    50: "fifty funfzig cinquante cincuenta cinquanta cinquenta vijftig femtio halvtreds piecdziesiat elli пятьдесят",
    100: "hundred hundert cent cien cento cem honderd hundra hundrede yuz сто εκατο مئة صد מאה सौ 백 seratus",
    1000: "thousand tausend mille mil duizend tusen tusind tysiac tisic тысяча тисяча χιλια الف هزار אלף हज़ार 천 seribu",
}
NUMBERS: Final = {fold(word): str(number) for number, listed in _COUNTED.items() for word in listed.split()}
