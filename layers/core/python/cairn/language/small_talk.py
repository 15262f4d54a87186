"""Words and phrases that state nothing: greetings, thanks, assent, what opens a question or a request. Folded.

Data, one language a line, for the languages people write here. What is missing here is kept, never lost.
"""

import re
from typing import Final

from cairn.language.fold import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


def _phrases(text: str) -> re.Pattern[str]:
    """Any of these phrases, the longest first; for scripts without spaces, where a phrase is not a set of words."""
    listed = sorted((fold(phrase) for phrase in text.split()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, listed)))


# A clause made of nothing but these is small talk.
TALK: Final = _words(
    "hi hey hello hiya howdy yo greetings dear good morning afternoon evening night day bye goodbye thanks thank thx ty cheers you u ya so very much a lot all again for your the help everyone asking there my friend buddy mate sir please welcome sorry no problem worries ok okay k kk yes yeah yep yup no nope nah sure right alright fine great cool nice perfect awesome wow lol haha hahaha hahahaha hehe hm hmm um uh oh ah well and but also actually btw anyway now then got it sounds go on see later soon take care done exactly indeed true agreed understood noted absolutely definitely maybe perhaps of course congrats congratulations happy birthday merry christmas that's that is was it's this really helpful works work me too i see understand agree"
    " hallo moin servus tschuss guten gute tag morgen abend nacht danke vielen dank dir ihnen fur deine ihre hilfe sehr schon bitte gern gerne ja nein klar genau richtig super toll prima na gut alles klar verstanden okay ach so bis bald"
    " bonjour bonsoir salut coucou bonne nuit soiree journee merci beaucoup bien pour votre ton aide oui non d'accord d accord parfait super au revoir a bientot s'il vous te plait s il"
    " hola buenos buenas dias tardes noches gracias muchas por tu su ayuda si no vale claro perfecto adios hasta luego pronto de nada por favor bueno genial"
    " ciao buongiorno buonasera buona notte sera giornata grazie mille tante per il tuo aiuto si no certo perfetto va bene arrivederci prego capito"
    " ola bom boa dia tarde noite obrigado obrigada muito pela sua ajuda sim nao claro certo perfeito ate logo tchau entendi"
    " hoi hallo dag goedemorgen goedemiddag goedenavond bedankt dank je u wel veel hartelijk ja nee prima goed doei tot ziens graag gedaan"
    " hej hejsan tja god morgon kvall natt tack sa mycket snalla ja nej bra okej hei takk tusen mange tak mange hej godmorgen ja nej fint kiitos moi hei kylla ei hyvaa"
    " czesc dzien dobry wieczor dobranoc dziekuje dzieki bardzo prosze tak nie dobrze jasne rozumiem pa do widzenia ahoj dobry den dekuji diky prosim ano ne dobre koszonom szia igen nem"
    " merhaba selam gunaydin iyi gunler aksamlar geceler tesekkurler tesekkur ederim cok sagol evet hayir tamam peki anladim hosca kal gorusuruz lutfen"
    " привет здравствуй здравствуйте доброе утро добрый день вечер спокойной ночи спасибо большое пожалуйста да нет хорошо ладно понятно понял поняла ясно пока до свидания за помощь окей ага"
    " привіт вітаю добрий день доброго ранку дякую дуже будь ласка так ні добре зрозуміло бувай"
    " γεια σου σας καλημερα καλησπερα καληνυχτα ευχαριστω πολυ παρακαλω ναι οχι ενταξει"
    " مرحبا اهلا السلام عليكم وعليكم السلام صباح مساء الخير النور شكرا شكراً جزيلا لك نعم لا حسنا طيب تمام مع السلامة عفوا سلام ممنون متشکرم بله نه خداحافظ שלום תודה רבה כן לא בסדר להתראות בוקר טוב"
    " नमस्ते नमस्कार धन्यवाद शुक्रिया बहुत हाँ हां नहीं ठीक है अच्छा जी हाय هيلو شکریہ جی ہاں ধন্যবাদ নমস্কার"
    " 네 예 아니요 아니오 안녕 안녕하세요 안녕히 가세요 계세요 감사합니다 고마워 고마워요 고맙습니다 알겠습니다 알겠어요 알았어 알았어요 좋아 좋아요 좋습니다 ㅋㅋ ㅋㅋㅋ ㅎㅎ ㅎㅎㅎ 그래 그래요 응 정말 잘 부탁드립니다 죄송합니다"
    " xin chao cam on ban vang da khong co gi tam biet duoc roi chao cảm ơn halo hai selamat pagi siang sore malam terima kasih banyak ya tidak baik oke sama sampai jumpa asante jambo habari"
)
# What nobody says who only greets or agrees: "I work all night" has no other words than these and talk.
TOLD_WITH_TALK: Final = _words("i i'm im i've ive my we me our work works night christmas birthday")
# Of these, those that a name may follow: "Hi Anna".
GREETINGS: Final = _words(
    "hi hey hello dear thanks thank bye good welcome hallo danke liebe lieber guten bonjour bonsoir salut merci hola gracias buenos buenas "
    "ciao grazie ola obrigado obrigada bom boa dag bedankt hej tack hei takk tak czesc dzieki dziekuje ahoj merhaba selam tesekkurler "
    "привет здравствуй спасибо привіт дякую γεια ευχαριστω مرحبا شكرا שלום תודה नमस्ते धन्यवाद"
)
# Thanks and greetings in scripts without spaces; what is left of a clause without them says whether it states anything.
TALK_UNSPACED: Final = _phrases(
    "你好吗 你好 您好 大家好 早上好 早安 晚上好 晚安 下午好 谢谢你的帮助 谢谢您的帮助 谢谢 謝謝 多谢 感谢 非常 十分 再见 再見 拜拜 好的 好吧 好 行 可以 嗯 哦 啊 哈 呵 嘻 是的 是 对 不是 不 没事 没关系 不客气 知道了 明白了 明白 知道 了解 收到 了 你 您 的 吧 呀 啦 "
    "こんにちは こんばんは おはようございます おはよう おやすみなさい おやすみ ありがとうございます ありがとうございました ありがとう どうも すみません ごめんなさい ごめん はい いいえ うん ええ わかりました 分かりました わかった 了解です 了解しました 了解 なるほど そうですね そうです そう です ね よ さようなら またね お願いします よろしく よろしくお願いします お元気ですか いいですね いいです 大丈夫です "
    "สวัสดี ขอบคุณมาก ขอบคุณ ครับ ค่ะ คะ นะ จ้า ใช่ ไม่ใช่ โอเค ได้ เลย มาก ลาก่อน ขอโทษ ជំរាបសួរ អរគុណ មင်္ဂလာပါ ကျေးဇူးတင်ပါတယ်"
)

# Who tells: one of these that is not asked about begins a statement, wherever it stands.
TELLERS: Final = _words(
    "i im i'm ive i've i'd we we're we've he he's she she's they they're ich wir je j'ai yo io eu ik jag jeg ja я мы ми ben أنا मैं मुझे saya aku tôi toi"
)
MINE: Final = _words(
    "my our mein meine meinen meinem meiner mon ma mes notre mi mis mio mia meu minha mijn min mitt mój moja mojego mojej mojemu moich moim мой моя моего моей моему моим моих мои мою мій моя моєї моєму моїй benim मेरा मेरी मेरे"
)

# A clause that begins with one of these asks, also where no mark says so; those that begin statements too are left out.
ASKS: Final = _words(
    "what what's whats who who's whose whom which where where's why how how's"
    " wer wen wem wessen welche welcher welches wann wo wohin woher warum wieso weshalb wie kannst könntest hast weißt"
    " quoi quel quelle quels quelles pourquoi combien est-ce qu'est-ce connais-tu cuál cuáles quién quiénes cuánto cuánta cuántos dónde adónde puedes podrías sabes"
    " cosa quale quali quanto dove puoi potresti qual quais quem onde pode poderia wat welk welke wanneer waar waarom hoe kun kunt"
    " vad vem vilken vilket vilka var varför hur hva hvem hvilken hvor hvorfor hvordan mitä kuka missä milloin miksi miten"
    " kto jaki jaka jakie który kiedy gdzie dlaczego czemu ile czy możesz kde kdo kdy proč jaký kolik můžeš hol miért hogyan"
    " nasıl nerede nereye nereden neden niçin kim hangi kaç кто какой какая какое какие когда где куда откуда почему зачем сколько можешь можете"
    " хто який яка яке які коли де куди чому скільки чи можеш τι ποιος ποια ποιο πότε πού γιατί πώς πόσο هل ماذا متى أين كيف لماذا كم چه کجا چرا چطور آیا מי איפה מתי למה איך כמה האם"
    " क्या कौन कब कहाँ कहां क्यों कैसे कितना کیا کون کب کہاں کیوں کیسے কে কোথায় কেন apa siapa kapan mengapa bagaimana berapa apakah"
)
# Of these that begin a question the ones that are a name or a word, too: they ask only where a mark says so.
ASKS_AND_NAMES: Final = _words("kim wen var")
# Who asks whether this is known, or asks to have it remembered, tells it. Without commas.
TOLD_AS_KNOWN: Final = re.compile(
    "|".join(
        fold(phrase)
        for phrase in (
            r"\bsabías que\b",
            r"\b(?:voc[êe]|tu) sabia que\b",
            r"\bsapevi che\b",
            r"\b(?:sais|savais)-tu que\b",
            r"\b(?:recordar|lembrar) que (?!hora)",
            r"\bricordar(?:e|ti) che (?!ora|ore)",
            r"\bwie(?:sz|działeś|działaś) że\b",
            r"\b(?:víš|víte|věděl jsi|věděla jsi) že\b",
            r"\b(?:ξέρεις|ήξερες) ότι\b",
            r"هل (?:تعلم|تعرف) أن",
            r"जानते (?:हैं|हो) कि",
        )
    )
    + r"|你知道我(?!.{0,30}(?:什么|什麼|谁|誰|哪|几|幾|多少|怎么|怎麼))"
    + r"|[私僕俺](?:が|は|の).{0,60}(?:こと|の)を知っています"
    + r"|(?:^|\s)(?:제가|내가|저|나)\s.{0,60}\s?(?:거|것)\s?(?:아세요|알아요|알아|아시나요)"
)
# These ask only before whom or what they ask about: "Has asthma" states, "has she asthma" asks.
AUXILIARIES: Final = _words(
    "do does did can could will would shall should may might must am are is was were have has had isn't aren't don't doesn't didn't can't couldn't won't wouldn't shouldn't"
    " kann können soll sollte muss darf habe bin werde puis dois peux vais ai suis puedo debo posso devo могу должен должна mogę"
)
ASKED_ABOUT: Final = _words(
    "i you he she it we they there this that these those my your our his her their anyone ich du er wir man je tu on"
)
# In these scripts the question word stands anywhere, or a particle ends the clause.
ASKS_UNSPACED: Final = re.compile(
    r"(?:什么|什麼|哪儿|谁|誰)(?!都|也|より|とも|劝|勸|时候.{1,8}就|時候.{1,8}就)|(?:哪里|哪裡)(?!都|也|就|.{1,6}就|.{0,12}哪[里裡])|哪个|哪些|为什么|為什麼|怎么|怎麼|怎样|多少(?!有[点點些]|会|會|懂)|几点|幾點|是否|能不能|可不可以|[吗嗎呢么]$|"
    r"(?:何|どこ|いつ|誰|だれ|なぜ)(?!でも|も|か|より|[とにへを]も|.{1,8}っ?ても[^い])|どう[^し]|どれ|どんな|いくら|いくつ|(?:です|ます|ません|の)か$|かな$|"
    r"(?:อะไร|ที่ไหน|เมื่อไหร่|ใคร|อย่างไร|ยังไง)(?!\s?ก็|ๆ|ฉัน)|ทำไม|กี่|ไหม$|หรือเปล่า|몇 ?(?:시|명|개|살|월|층|번)(?:이?에?요|예요|인가요|입니까|이?야|이?죠)$|(?:언제|누구|어디|무엇|뭐)(?!나|든|이든|보다|서나|서든|에서나|에서든|라도)|뭘|왜 (?!그런지|인지)|어떻게(?!든)|까요$|래요$"
)

ASKING_PHRASES: Final = re.compile(
    r"est-ce qu|qu'est-ce|a quelle |de quel|in which |at what |fur wen |mit wem |por que |para que |a que "
)
# Words of the first person: who asks without a mark and uses one of these may as well tell.
OWN: Final = (
    TELLERS
    | MINE
    | _words(
        "me mi moi mij mich mir uns unser unsere unserem unseren unserer nos noi nous mim comigo conmigo nuestro nuestra nosso nossa"
        " nostro nostra notre mnie mną mne mně mě mám nám nás nami nasz nasza náš naše jsem jestem мне меня мной нам нас нами наш наша наше"
        " мені мене μου με μας είμαι έχω bana beni bende bizim minulle minulla minua minun minä nekem engem nálunk jeg mitt vår"
        " us mine हूँ हूं soy sou suis tengo tenho estoy estou vivo moro abito"
        " मुझे हम हमें हमारा हमारी हमारे kami kita chúng لي عندي مرا לי אותי שלי mie mea meu jo meva"
    )
)
# Their accent says that they ask: "donde trabajo" is where somebody works, and "ou" is or.
ACCENTED_ASKS: Final = re.compile(
    r"(?:a?dónde|cuándo|où) |cómo (?:está|están|estás|funciona|va|es|son|hacer|llegar|ir) |qué (?:hora|significa|es|tal|pasa|opinas|recomiendas)\b"
)
# Who says of a question that somebody knows the answer, or what it hangs on, tells.
KNOWN: Final = _words(
    "sa sanno sabe saben sabem sait savent weiß knows know depends dipende depende depend hängt știe sap wie wiedzą zna ví vědí знает знают знає"
    " знають bilir biliyor ξέρει ξέρουν ved vet vide tietää tudja tudják tahu पता मालूम याद जाने जानते सब सीख c'est pun zależy záleží závisí"
)
# How questions begin whose first word begins statements, too; they ask where nobody speaks of himself.
ASKS_OF_OTHERS: Final = re.compile(
    fold(
        r"when (?:does|do|did|is|are|was|were|will|can|should|would)\b|che or[ae] (?:sono|è)\b|a che ora\b|"
        r"(?:dov|com|cos)'è\b|chi (?:ha|è|era|sono)\b|quant[ie] \w+ (?:ha|hanno|sono|tiene|servono)\b|"
        r"come si (?:fa|fanno|cucina|dice|scrive|chiama|prepara|usa|gioca|pulisce|cuoce|arriva)\b|"
        r"como se (?:hace|dice|escribe|llama|prepara|cocina|usa|juega|limpia|faz|diz|escreve|chama|cozinha|joga|limpa)\b|"
        r"que (?:hora es|horas são)\b|"
        r"(?:quando|cuando|quand) (?:arriva|parte|inizia|comincia|apre|chiude|finisce|chega|sai|começa|abre|fecha|acaba|llega|sale|"
        r"empieza|cierra|termina|arrive|part|commence|ouvre|ferme|finit) (?:il |lo |la |i |gli |le |l'|o |a |os |as |el |los |las |les )\w+$|"
        r"cuánt[oa]s \w+ (?:tiene|hay|son)\b|quant[oa]s \w+ (?:tem|há|são)\b|o que (?:é|são|significa|fazer|você \w+)\b(?!.* é )|"
        r"comment (?:faire|se|ça|fonctionne|est|sont|aller|trouver|utiliser|réparer|apprendre|préparer|s'\w+)\b|qui (?:a|est|était|sont)\b|"
        r"(?:que|qu'|comment|où|quand|à quelle|de quoi|avec qui)\b.*-(?:tu|vous|ils?|elles?|on)\b|"
        r"când (?:vine|pleacă|începe|sosește)\b|unde (?:este|e|sunt)\b|de ce (?:este|e|sunt|nu)\b|cum (?:fac|pot|ajung)\b|ce oră\b|"
        r"cine (?:a|e|este)\b|quan (?:arriba|surt|comença)\b|on (?:és|són) l|per què \w|com es (?:fa|diu)\b|"
        r"was (?:ist|sind|kostet|bedeutet|heißt|macht man)\b(?!.* (?:ist|sind|hat|haben)\b)|"
        r"n[åä]r (?:kommer|går|begynner|åpner|börjar|öppnar|stänger)\b|hvornår \w+r\b(?!.* er\b)|hvad (?:er|betyder|koster)\b(?!.* er\b)|"
        r"o której\b|jak (?:zrobić|ugotować|upiec|dojechać|dojść|naprawić|napisać|kupić|znaleźć|się \w+ć)\b|"
        r"v kolik\b|jak se (?:dělá|vaří|řekne|píše|hraje|peče)\b|во сколько\b|в котором часу\b|о котрій\b|"
        r"(?:как|як) \w{3,}(?:[аеиоуяы]ть|[аиіоуюя]ти)(?:ся)?(?: \w+){0,2}$|"
        r"(?:.* )?(?:ne zaman|nasıl|kaçta|nerede) \w+(?:r|yor|acak|ecek|dı|di)$|.* kaç$|"
        r"(?:khi nào|mấy giờ|làm sao để|tại sao)\b(?!.* (?:là|thì|cũng)\b)|jam berapa\b|"
        r"paljonko\b|montako\b|mikor (?:jön|indul|érkezik|nyit|zár|kezdődik) az? \w+$|hány (?:óra|éves)\b|mennyi az idő"
    )
    + r"|(?:.* )?(?:कब|कैसे|कहाँ|कहां|क्यों) .*(?:है|हैं|गा|गी|गे|हो)$"
)
# "I am" and "I have", and "are" and a letter of other words.
MAYBE_OWN: Final = _words("sono ho ai sto")
# The same where whoever asks speaks of himself.
ASKS_FOR_ONESELF: Final = re.compile(
    r"(?:que me (?:recomiendas|aconsejas|sugieres|conseilles?)|cosa mi consigli|o que (?:voce )?me recomenda)\b|"
    r"come (?:posso|devo|faccio)\b|como (?:puedo|posso|devo|hago|faco)\b|comment (?:puis-je|je peux|je dois)\b|"
    r"m[ei] (?:puoi|potresti|puedes|podrias|podes|pode|poderia) (?:aiutare|dire|ayudar|decir|ajudar|dizer)\b"
)
# Asked, whatever its mark.
HOW_ARE_YOU: Final = re.compile(r"how are (?:you|things|we)(?: all)?(?: doing)?(?: today)?")
BEFORE_ASKED: Final = _words("if whether ob si cho")

# A clause that begins with one of these wants something done.
REQUESTS: Final = _words(
    "give tell recommend translate suggest show explain create calculate compute summarize summarise draft generate describe compare convert define let's lets remind proofread rewrite continue proceed"
    " gib schreib zeig erklär hilf sag nenn nenne übersetz empfiehl dame deme dime dígame ayúdame explícame recomiéndame muéstrame cuéntame hazme escríbeme erzähl spune ceritakan"
    " dammi dimmi scrivimi aiutami spiegami consigliami fammi mostrami raccontami diga escreva ajude explique recomende traduza faça mostre"
    " napisz pomóż powiedz wyjaśnij poleć przetłumacz zrób pokaż znajdź opowiedz podaj daj napiš pomoz řekni vysvětli"
    " дай дайте напиши напишите помоги помогите расскажи расскажите скажи скажите посоветуй посоветуйте объясни объясните переведи найди покажи подскажи допоможи розкажи порадь поясни переклади"
    " δώσε γράψε βοήθησε πες εξήγησε πρότεινε اكتب ساعدني أخبرني أعطني اشرح ترجم اقترح بنویس بگو کمکم תן כתוב ספר הסבר תרגם"
    " tolong buatkan berikan jelaskan carikan terjemahkan"
)
# These want something done only where it is said for whom, or what: "Write crime novels" may be what somebody does.
MAYBE_REQUESTS: Final = _words(
    "write find help make plan list fix check send read build look search such lies mach"
    " écris écrivez explique expliquez recommande traduis traduisez fais escribe explica recomienda haz"
    " scrivi spiega traduci geef schrijf help leg vertel vertaal noem ge skriv berätta förklara översätt visa gi fortell forklar"
)
# These are first or third persons, too: they want something only where it is said for whom.
MAYBE_REQUESTS_FOR: Final = _words(
    "schreibe zeige erkläre sage mache übersetze erzähle suche finde fasse donne donnez dis dites aide aidez montre trouve raconte traduce busca muestra trova cerca zoek maak toon"
)
FOR_WHOM: Final = _words("me us moi nous mir uns bitte mij ons mig oss meg")
OF_WHAT: Final = _words(
    "a an the this that these those some something one two three four five ten un une eine einen ein una uno een en ett et ce cet cette este esta questo questa diesen diese denne dit deze"
)
# Told from other words by their accents alone.
ACCENTED_REQUESTS: Final = frozenset({"hãy", "giúp"})
LAST_REQUESTS: Final = _words("söyle anlat öner açıkla göster önerir सुनाओ सुनाइए बताओ बताइए बताएं लिखो लिखिए दीजिए")
# These are a summer, a writer and "says", too: they want something only where it is said for whom, or of what.
LAST_MAYBE: Final = _words("yaz yazar söyler")
LAST_FOR_WHOM: Final = _words("bana bize için lütfen")
LAST_OF_WHAT: Final = _words("bir")
REQUESTS_UNSPACED: Final = re.compile(
    r"^(?:请(?!假|客|了)|請(?!假|客|了)|麻烦|帮我|幫我|帮忙|给我|給我|告诉我|告訴我|推荐|解释|翻译|ช่วย)|"
    r"(?:ください|下さい|教えて|書いて|お願いします|してほしい)$|(?:주세요|줘|줄래요|주실래요)$"
)
# What asks the memory to keep what follows: that is never passed over.
REMEMBER: Final = re.compile(
    r"^(?:please |can you |could you )*(?:remember|keep in mind|note to self|do not forget|don'?t forget|never forget|take note|make a note)\b|"
    r"^(?:bitte )?(?:merk dir|merke dir|notier|notiere|vergiss nicht)\b|^(?:recuerda|recuerde|no olvides|apunta|anota)\b|"
    r"^(?:souviens[- ]toi|rappelle[- ]toi|n.?oublie pas|retiens)\b|^(?:ricorda|ricordati|annota|segnati)\b|^(?:lembre|lembra|anote)\b|"
    r"^(?:onthoud|noteer|vergeet niet|kom ihag|husk|muista|zapamietaj|zapisz|pamietaj|запомни|запиши|не забудь|hatirla|unutma)\b|"
    r"记住|記住|别忘|記得|记得|覚えて|メモして|기억해|잊지 ?마|จำไว้"
)
KEEP_THIS: Final = re.compile(r"^(?:please )*(?:write down|save|store|note|remind me|for the record)\b")
THAT: Final = _words("that dass daß que che dat att że že что що ότι أن कि")
# What gives a reason gives a fact, behind whatever is asked.
BECAUSE: Final = _words(
    "because cause since weil parce ponieważ bo porque perché omdat eftersom fordi protože çünkü потому поскольку тому لأن क्योंकि karena"
)
BECAUSE_UNSPACED: Final = re.compile(
    r"因为|因為|由于|ので|から(?=[、。]|$)|เพราะ|니까|는데|인데|픈데|른데|쁜데|든 |뭐래도 |냐면 |어서|아서"
)
MODALS: Final = _words("can could should will would may might must kann soll muss")
# Whole clauses of chat that have the shape of a statement.
COURTESIES: Final = re.compile(
    r"(?:i'?m|i am|we'?re) (?:back|here|done|ready|fine|good|ok|okay|great|sorry|sorry to hear that|happy to help|glad to hear that|not sure)|"
    r"i(?:'ll| will) (?:let you know|get back to you|do that|try that|check|think about it)(?: (?:tomorrow|later|soon|then))?|"
    r"(?:my|your|the) (?:name|question|answer)|i (?:see|understand|agree|know|think so|hope so|guess so|don'?t know|appreciate (?:it|that))|"
    r"(?:that|it|this)(?:'s| is| was| sounds| looks| helps| works)?(?: (?:a|so|very|really|all|quite|pretty|not|just|very|too|the|what|how))? ?(?:good|great|fine|nice|helpful|perfect|right|true|awesome|amazing|interesting|it|all)?|"
    r"what an? (?:\w+ )?(?:idea|question|answer|plan|joke|surprise|relief|shame|pity|day)|"
    r"fair enough|makes sense|tudo bem|dzieki wielkie|wielkie dzieki|dekuju (?:moc|mnohokrat)|огромное спасибо|спасибо огромное|谢啦|好滴|好嘞|"
    r"takk skal du ha|tack ska du ha|(?:suuret )?kiitokset|kiitos (?:paljon|kovasti)|koszonom szepen|multumesc(?: mult| frumos)?|asante sana|"
    r"(?:great|good|nice|perfect) (?:answer|explanation|idea|work)(?: thank you| thanks)?(?: so much| very much)?|"
    r"nice to meet you|take care|good luck|well done|good (?:job|idea|point)|no (?:problem|worries)|you'?re welcome|talk to you (?:later|soon)|have a (?:nice|good|great) \w+"
)
# What is wished once and for all, or done again and again, is told, whatever shape it has.
STANDING: Final = re.compile(
    r"\b(?:only|always|never|from now on|going forward|every|each|nur|immer|nie|ab jetzt|jeden|jede|solo|siempre|nunca|cada|"
    r"toujours|jamais|seulement|chaque|sempre|mai|ogni|zawsze|tylko|altid|alltid|всегда|только|никогда|каждый|каждую|"
    r"nenn(?:e)? mich|call me|llamame|appelle[- ]moi|chiamami)\b|sorgen um|in (?:19|20)\d\d\b|"
    r"dammi del (?:tu|lei)|\bremind (?:me|us) (?:to|of|about|that)\b|"
    r"\b(?:short|shorter|brief|concise|long|longer|detailed|simple|honest) (?:answers|replies|responses|explanations|messages)\b|"
    r"\b(?:kurze|knappe|ausfuhrliche) antworten\b|\brespuestas (?:cortas|breves|largas|detalladas)\b|"
    r"\breponses (?:courtes|breves|longues|detaillees)\b|\brisposte (?:brevi|corte|lunghe|dettagliate)\b|"
    r"\brespostas (?:curtas|breves|longas|detalhadas)\b|\bkorte (?:antwoorden|svar)\b|\bkorta svar\b|"
    r"\bkrotkie odpowiedzi\b|\bkratke odpovedi\b|\b(?:короткие|краткие|подробные) ответы\b|\bkisa (?:cevap|yanit)lar\b|"
    r"用.{1,6}(?:回答|回复|回覆|交流|聊天|说话|說話)|(?:語|ことば|言葉)で(?:答え|話し|返事|返信|回答)|(?:어|말)로 ?(?:대답|답|말|얘기)|ตอบเป็นภาษา|"
    r"(?:と|って)呼[んび]|敬語|タメ口|ないで(?:ください|下さい)|라고 불러|반말|존댓말|말아 ?(?:주세요|줘)|(?<!要)不要|别再|別再|"
    r"一直|以后|以後|今后|今後|いつも|毎日|每天|항상|앞으로|매일"
)
# What is done with a text that follows.
ON_TEXTS: Final = _words(
    "translate summarize summarise proofread rewrite correct fix convert edit improve shorten paraphrase uebersetze ubersetz"
    " übersetze korrigiere traduce traduis traduisez traduci traduza corrige corrigez correggi przetłumacz popraw переведи исправь ترجم תרגם"
)
# What is told about a subject that follows; who speaks of himself there is no subject.
ON_SUBJECTS: Final = _words(
    "explain define compare describe erklär erkläre explique expliquez explica explícame spiega spiegami wyjaśnij porównaj"
    " объясни объясните сравни поясни förklara forklar açıkla اشرح הסבר"
)
ON_TEXTS_UNSPACED: Final = re.compile(r"翻译|翻譯|翻訳|总结|總結|要約|改写|번역|요약|แปล")
ENGLISH_ASKS: Final = _words("what whats who which where why how when")
IS: Final = _words("is are was were")
# Of these only the letters without their signs ask for something: the first person, and a book.
NO_REQUESTS: Final = frozenset({"أكتب", "أشرح", "أترجم", "ספר"})
# A reason or a self beside what is asked.
GIVEN_THAT: Final = re.compile(
    r"\bif (?:my|our) \w+ (?:is|are|has|have) |(?:^| )(?:as an? \w+ (?:what|which|where|how|can|should|do|is)|given my|considering my|si soy|si estoy|se sono|se sou|si je suis|"
    r"skoro jestem|koska olen|kwa sababu)\b|כי אני|"
    r" (?:sono|soy|sou|estoy|estou|jestem|jsem) (?:\w+ )?(?:celia|vegan|veget|al+erg|diabet|incint|embaraz|gravid|uczulon)"
)
# How old somebody is stands in what is asked about him.
AGED: Final = re.compile(
    r"\d[- ]?(?:years?|yrs?|y/?o)[- ]olds?\b|\b\d+[- ]?(?:jahrig|летн|годовал|letni|lety|vuotia)|(?<!\d )\b(?:di|de|da|of|von) \d{1,3} (?:anos|ans|anni)\b|"
    r"\d ?(?:лет|роки|рок[іи]в) |\b\d+ yasinda|\d ?(?:岁|歲|歳|才|살|세)(?!以)"
)
# A question that wants something done, as a request does.
WANTS: Final = re.compile(
    r"(?:can|could|would|will) you (?:please |kindly )?(?:help|plan|write|draft|make|find|recommend|suggest|book|create|design|prepare|organi[sz]e)\b|"
    r"(?:kannst|konntest|konnen|konnten) (?:du|sie|ihr) .*(?:helfen|planen|schreiben|finden|empfehlen|vorschlagen|buchen|erstellen)$|"
    r"(?:me |nos )?(?:puedes|podrias|puede|podria) (?:ayudar|planear|escribir|buscar|recomendar|hacer|preparar)|"
    r"(?:peux|pourrais)[- ]tu (?:m'|nous )?(?:aider|planifier|ecrire|trouver|recommander|faire|preparer)|(?:pouvez|pourriez)[- ]vous (?:m'|nous )?(?:aider|ecrire|trouver|preparer)|"
    r"(?:mi |ci )?(?:puoi|potresti|puo|potrebbe) (?:aiutar|scriver|trovar|consigliar|preparar|organizzar)|"
    r"(?:voce )?(?:pode|poderia) (?:me )?(?:ajudar|escrever|encontrar|recomendar|fazer|preparar)|"
    r"(?:можешь|можете|могли бы вы|мог бы ты) (?:мне |нам )?(?:помочь|написать|найти|посоветовать|составить)|"
    r"(?:mozesz|moglbys|moze pan) (?:mi |nam )?(?:pomoc|napisac|znalezc|polecic|zaplanowac)|kun je .*(?:helpen|schrijven|vinden|plannen)$"
)
# Behind whom or what they tell of.
RELATIVES: Final = _words(
    "who whos who's whose which qui dont que quien quienes cuyo che cui quem który która które kteří který která które"
    " который которая которое которые которого которой который що який яка яке які"
)
# What stands between "my" and the noun.
CLOSENESS: Final = _words(
    "best old little big older younger elder new ex late dear good own grosse grosser kleine kleiner alte alter beste bester"
    " grand grande petit petite meilleur meilleure mejor pequeno pequena melhor migliore piccolo piccola старшая старший младшая младший"
)
# Clauses that begin as a question does and have no mark: where somebody lives, who knows him, whenever it rains; a cry.
TELLS_OF_WHAT: Final = re.compile(
    r"what an? |how (?:i|we) |how \w+ (?:my|our|the|it|this|that) |(?:a?donde|onde|dove) (?:yo |eu |io )?\w+o (?!(?:el|la|los|las|il|lo|o|a|un|una|uma)\b)|"
    r"(?:quien|quienes|quem|chi) m[ei] |qui me |wer mich |ne (?:zaman|kadar) \w+s[ae]\w*\b|nere(?:de|ye) \w+s[ae]\w*\b|kim \w+s[ae]\b|"
    r"nasil \w+ysa\w*|(?:k[dt]o|кто|хто) (?:me|mnie|меня|мене) |ποτε ποτε\b|"
    # How much somebody likes what, what is the more, and as for whom.
    r"(?:quanto|cuanto|combien|ποσο) (?:m[ei]|j'\w+|odio|amo|adoro|αγαπω|μου|mais|mas|piu|menos?|a m\w+) |mita enemman |"
    # "Kde bydlím není metro", "Где работаю нет столовой", "Когда холодно не бегаю".
    r"(?:когда|где|коли|де) (?!(?:с?могу|можу|хочу|буду|куплю|наиду) )(?:\w+[юу](?:сь)? \S+ \S+|.* не \w+[юу]\b)|kdy \w+ ne\w+(?:am|im)\b|"
    r"milloin .* en \w+|που \w+ω ειναι |kac (?:kere|kez|defa) |كم احب|כמה אני|איפה שאני|اين (?:اعمل|اسكن|اعيش|ادرس) \S+ \S+|"
    r"(?:kde|gdzie) \w+m (?:neni|nejsou|je|jsou|nie ma|jest|sa) |(?:gdzie|kiedy|ile) (?:\w+ )?\w+(?:lem|lam) \w+ \w+|"
    r"que (?:suerte|bien que|alegria|pena|lastima|frio|calor)\b|quel(?:le)? (?:chance|bonheur|joie|plaisir|dommage|horreur)\b|"
    r"che (?:fortuna|bello|bella|gioia|peccato|freddo|caldo)\b|que (?:sorte|bom que|saudade|frio|calor)\b|was fur ein|"
    r"متى ما|أينما|כל פעם|هر وقت|(?:เมื่อไหร่|เมื่อไร)ก?็?ที่|(?:ฉัน|ดิฉัน|ผม|หนู|เรา)ไม่(?:รู้|แน่ใจ)ว่า"
)
# In scripts without spaces, and in Korean: what no question and no request has.
_TOLD_UNSPACED: Final = r"过敏|敏感|アレルギー|病|です$|でいる$|怖い$|알레르기|있어요$|채식해요$|챙겨요$|แพ้|ฉันชอบ|ไม่มี|都|不知道|无论|ไม่รู้ว่า|เมื่อไหร่ที่|何より|何年も|ช่วย(?:แม่|พ่อ|พี่|น้อง|ลูก)"
TOLD_UNSPACED: Final = re.compile(_TOLD_UNSPACED)
# What is so, before what is asked about it: "怀孕了能喝咖啡吗", "膝が痛いんだけど走っていい".
TOLD_BEFORE_UNSPACED: Final = re.compile(
    r"怎么说呢|(?:疼|痛|发烧|發燒|晕|暈|痒|癢|肿|腫)了?(?:怎么办|怎麼辦)|[^么麼几幾点點哪对對好]了[^。]{0,2}(?:能|可以|可不可以|应该|應該|怎么|怎麼|吃什么|吃什麼)|[ぁ-んァ-ヶー一-鿿](?:だ|です|る|い|た)(?:けど|けれど|が)[^。]"
)
# The first words of what only asks; behind a blank more follows.
LEADS_UNSPACED: Final = re.compile(
    r"^(?:ช่วย|ขอ|อยาก|คุณ|บอก|แนะนำ|ถาม|ร้าน|รถ|请|請|问|想问|帮|幫|给|給|告诉|你|您|今|明|昨|这|這|那|教え|今日|明日|この|その|あの|あなた)"
)
# Thai parts sentences with a blank: who speaks tells something before what is asked.
TOLD_FIRST_UNSPACED: Final = re.compile(r"(?:ฉัน|ดิฉัน|ผม|หนู|เรา)(?!ควร|จะ|ต้อง|ขอ)[^ ]{6,} ")
# Beside a request also who tells of himself, or of what is done.
TELLS_UNSPACED: Final = re.compile(
    r"(?<!帮)(?<!幫)(?<!给)(?<!給)(?<!告诉)(?<!告訴)(?<!请)我|了(?:[。！]|$)|(?:帮我|给我)(?:妈|爸|妹|弟|哥|姐|奶|爷|女|儿|老)|"
    rf"ฉัน|{_TOLD_UNSPACED}"
)
