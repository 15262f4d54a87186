"""By which words people introduce somebody by name in many languages, and the commonest names themselves.

Phrases are regular expressions, matched in any case. Kept small on purpose: a name that is missed here can still be
found as a word by search; a word that is taken for a name stands in everybody's graph.
"""

from typing import Final

from cairn.language.entities.vocabulary import GIVEN_NAMES, words

# Who speaks gives their own name.
OWN: Final = (
    r"mein name ist|ich hei(?:ß|ss)e|je m'appelle|mon (?:nom|prénom) est|me llamo|mi nombre es|mi chiamo|"
    r"il mio nome è|(?:o )?meu nome é|(?:eu )?me chamo|chamo-me|ik heet|(?:mijn|m'n) naam is|naam is(?= [A-Z])|nazywam się|mam na imię|moje imię to|"
    r"jmenuj[iu] se|moje jméno je|benim ad[ıi]m|\bad[ıi]m|jag heter|mitt namn är|jeg he(?:ter|dder)|mit(?:t)? navn er|"
    r"(?:minun )?nimeni on|меня зовут|мо[её] имя(?: —| -)?|мене (?:звати|звуть)|моє ім'я(?: —| -)?|με λένε|ονομάζομαι|λέγομαι|"
    r"το όνομά μου είναι|(?:tôi|mình|em) tên(?: là)?|tên (?:của )?(?:tôi|mình) là|nama (?:saya|aku)(?: adalah)?|namaku|mă numesc|"
    r"numele meu este|اسمي(?: هو)?|(?:השם שלי|שמי)(?: הוא)?|קוראים לי|मेरा नाम|اسم من|mi a nevem"
)
# Somebody, or something, is called.
CALLED: Final = (
    r"hei(?:ß|ss)t|namens|s'appelle|se llama|llamad[oa]|si chiama|di nome|se chama|chamad[oa]|heet|genaamd|heter|hedder|"
    r"का नाम|se jmenuje|jmenuje se|jménem|nazywa się|ma na imię|o imieniu|зовут|звать|по имени|звати|звуть|на ім'я|λέγεται|"
    r"(?:τον|τη|την|το) λένε|ad[ıi](?= )|ad[ıi]nda|tên(?: là)?|bernama|namanya|se numește|اسمها|اسمه|שמה|שמו|קוראים(?: לו| לה)?"
)
# "The name of my mother is": whoever stands in it is a word of kin, and no name.
NAME_OF: Final = (
    r"name (?:meine[rs]|unsere[rs]) [^\W\d_]{2,20} ist|(?:השם של|שם) [^\W\d_]{2,20}(?: שלי| שלנו)?(?: הוא| היא)|"
    r"اسم [^\W\d_]{2,20} (?:هو|هي)"
)
MINE: Final = (
    r"mein(?:e[mnr]?)?|unsere?[mnr]?|mon|ma|notre|mi|nuestr[oa]|mi[oa]|nostr[oa]|meu|minha|nosso|nossa|mijn|m'n|onze|min|mitt?|mit|vår|"
    r"vores|mój|moja|nasz|nasza|můj|moje|má|náš|naše|мо[йя]|моє|наш|наша|мій|benim|bizim|मेरा|मेरी|मेरे|हमारी|हमारा"
)
MINE_BEHIND: Final = r"μου|μας|saya|aku|kami|(?:của )?(?:tôi|mình)|meu|mea|mi[oa]|min|mi|שלי|שלנו"

KIN: Final = (
    r"best[er]* freund(?:in)?|meilleure? amie?|mejor amig[oa]|melhor amig[oa]|miglior amic[oa]|beste vriend(?:in)?|лучш(?:ий друг|ая подруга)|найкращ(?:ий друг|а подруга)|bästa vän|najleps(?:zy przyjaciel|za przyjaciółka)|sahabat|en iyi arkadaşım|bạn thân|"
    r"schwester|sœur|soeur|hermana|irmã|sorella|zus(?:je)?|syster|søster(?:en)?|siostra|sestra|сестра|сестр[её]нка|αδελφή|αδερφή|kız kardeşim|ablam|(?:adik|kakak) perempuan|em gái|chị gái|sora|siskoni|húgom|nővérem|أختي|אחותי|बहन|दीदी|"
    r"bruder|frère|hermano|irmão|fratello|broer(?:tje)?|bror|broren|brat|bratr|брат|αδελφός|αδερφός|erkek kardeşim|abim|ağabeyim|(?:adik|kakak) laki-laki|em trai|anh trai|fratele|veljeni|bátyám|öcsém|أخي|אחי|भाई|भैया|"
    r"mutter|mama|mutti|mère|maman|madre|mamá|mãe|mamma|moeder|mam|mor|moren|matka|maminka|мама|мать|мати|μητέρα|μαμά|annem|ibu|mẹ|äitini|anyám|أمي|والدتي|אמי|אמא|माँ|माता|"
    r"vater|papa|père|padre|papá|pai|papà|babbo|vader|far|pappa|ojciec|tata|otec|táta|папа|отец|тато|батько|πατέρας|μπαμπάς|babam|ayah|bapak|bố|isäni|apám|أبي|والدي|אבי|אבא|पिता|पापा|"
    r"frau|ehefrau|femme|épouse|esposa|mujer|moglie|vrouw|fru|kone|kona|żona|manželka|жена|дружина|γυναίκα|σύζυγος|karım|istri|vợ|soția|vaimoni|feleségem|زوجتي|אשתי|पत्नी|"
    r"mann|ehemann|mari|époux|marido|esposo|marito|echtgenoot|mąż|manžel|муж|чоловік|άντρας|kocam|suami|chồng|soțul|mieheni|férjem|زوجي|בעלי|पति|"
    r"lebensgefährt(?:e|in)|compagne|compagnon|compañer[oa]|companheir[oa]|compagn[oa]|sambo|partner|partnerka|партн[её]р(?:ша)?|eşim|"
    r"petite amie|copine|novia|namorada|fidanzata|ragazza|flickvän|kjæreste|kæreste|dziewczyna|přítelkyně|девушка|κοπέλα|kız arkadaşım|"
    r"petit ami|copain|novio|namorado|fidanzato|ragazzo|pojkvän|chłopak|přítel|парень|αγόρι|erkek arkadaşım|"
    r"sohn|fils|hijo|filho|figlio|zoon(?:tje)?|son|sønn|søn|syn|сын|син|γιος|oğlum|anak laki-laki|con trai|poikani|fiam|ابني|בני|बेटा|बेटे|"
    r"tochter|fille|hija|filha|figlia|dochter(?:tje)?|dotter|datter|córka|dcera|дочь|дочка|донька|κόρη|kızım|anak perempuan|con gái|tyttäreni|lányom|ابنتي|بنتي|בתי|बेटी|"
    r"freund(?:in)?|amie?|amig[oa]|amic[oa]|vriend(?:in)?|kompis|vän|väninna|venn(?:inne)?|ven|veninde|przyjaciel|przyjaciółka|kolega|koleżanka|kamarád(?:ka)?|kámoš(?:ka)?|друг|подруга|приятель|φίλ(?:ος|η)|arkadaşım|teman|bạn|ystäväni|barátom|barátnőm|صديقي|صديقتي|חבר|חברה|חברי|חברתי|दोस्त|सहेली|"
    r"kolleg(?:e|in)|collègue|colega|compañer[oa] de trabajo|collega|kollega|współpracowni(?:k|ca)|kolegyně|коллега|колега|συνάδελφος|iş arkadaşım|rekan kerja|đồng nghiệp|زميلي|زميلتي|קולגה|सहकर्मी|"
    r"chef(?:in)?|patron(?:ne)?|jef[ae]|chefe|capo|baas|sjef|szef(?:owa)?|šéf(?:ová)?|начальник|начальница|шеф|αφεντικό|patronum|müdürüm|bos|sếp|مديري|מנהל|בוס|बॉस|"
    r"cousine?|prim[oa]|cugin[oa]|neef|kusin|fetter|kuzyn(?:ka)?|bratranec|sestřenice|двоюродн(?:ый брат|ая сестра)|ξαδέρφη|ξάδερφος|kuzenim|sepupu|"
    r"onkel|oncle|tío|tio|zio|oom|farbror|morbror|wujek|strýc|дядя|дядько|θείος|amcam|dayım|paman|عمي|خالي|चाचा|मामा|"
    r"tante|tía|tia|zia|moster|faster|ciocia|teta|тётя|тетя|тітка|θεία|teyzem|halam|bibi|عمتي|خالتي|चाची|मौसी|"
    r"oma|großmutter|grand-mère|mamie|abuela|avó|nonna|mormor|farmor|babcia|babička|бабушка|бабуся|γιαγιά|anneannem|babaannem|nenek|bà|جدتي|סבתא|दादी|नानी|"
    r"opa|großvater|grand-père|papi|abuelo|avô|nonno|morfar|farfar|dziadek|děda|дедушка|дід|дідусь|παππούς|dedem|kakek|ông|جدي|סבא|दादा|नाना|"
    r"adik|kakak|(?:adik|kakak)ku|kardeşim|em|"
    r"nachbar(?:in)?|voisine?|vecin[oa]|vizinh[oa]|vicin[oa] di casa|buurman|buurvrouw|granne|nabo|sąsiad(?:ka)?|soused(?:ka)?|сосед(?:ка)?|сусід(?:ка)?|γείτονας|komşum|tetangga|hàng xóm|جاري|पड़ोसी|"
    r"lehrer(?:in)?|prof(?:esseure?)?|profesora?|professora?|maestr[oa]|juf|meester|lärare|nauczyciel(?:ka)?|učitel(?:ka)?|учитель(?:ница)?|вчитель(?:ка)?|öğretmenim|"
    r"hund|chien(?:ne)?|perr[oa]|cachorr[oa]|cão|cane|hond|hunden|pies|piesek|pes|собака|п[её]с|пес|σκύλος|köpeğim|anjing|chó|koirani|kutyám|كلبي|כלב|הכלב|कुत्ता|कुत्ते|"
    r"katze|kater|chat(?:te)?|gat[oa]|gatt[oa]|kat|katt(?:en)?|kot|kotka|kocour|kočka|кот|кошка|кіт|кішка|γάτα|γάτος|kedim|kucing|mèo|kissani|macskám|قطتي|חתול|החתול|बिल्ली"
)
"""Words for who somebody is to the speaker, as subjects, so that a name behind is not inflected."""
HELD: Final = (
    "ablam|abim|ağabeyim|(?:kız |erkek )?kardeşim|annem|babam|karım|kocam|eşim|oğlum|kızım|(?:kız |erkek |iş |en iyi )?arkadaşım|patronum|müdürüm|"
    "kuzenim|amcam|dayım|teyzem|halam|anneannem|babaannem|dedem|komşum|öğretmenim|köpeğim|kedim|siskoni|veljeni|äitini|isäni|vaimoni|mieheni|"
    "poikani|tyttäreni|ystäväni|koirani|kissani|húgom|nővérem|bátyám|öcsém|anyám|apám|feleségem|férjem|fiam|lányom|barátom|barátnőm|kutyám|macskám|"
    "أختي|أخي|أمي|والدتي|أبي|والدي|زوجتي|زوجي|ابني|ابنتي|بنتي|صديقي|صديقتي|زميلي|زميلتي|مديري|عمي|خالي|عمتي|خالتي|جدتي|جدي|جاري|كلبي|قطتي|"
    "אחותי|אחי|אמי|אבי|אשתי|בעלי|בני|בתי|חברי|חברתי"
)
"""Of these, those whose ending says "my"."""

PARTICLES: Final = (
    r"de|da|di|do|du|des|del|della|dos|das|la|le|los|las|van|von|der|den|ter|ten|bin|bint|ibn|al|el|zu|zur|af|av|abu"
)
# What stands behind "my name is" or "ich heiße" in lower case, and is no name.
NO_NAMES: Final = words(
    "spelled spelt pronounced written hard difficult common long short unusual rare mentioned listed mispronounced changed "
    "nicht euch dich sie alle jetzt auch so zwar noch ja wie pas comme aussi toujours plus igual como no así tambien también "
    "come anche não como também niet ook je eigenlijk nie też jak tak inte också ikke også не так тоже теж как як och en het "
    "değil adım da de और है क्या बताना bukan juga không gì เป็น"
)

GIVEN: Final = GIVEN_NAMES | words(
    # German, Dutch, Nordic
    "hans peter klaus jürgen wolfgang stefan andreas sebastian florian tobias jonas felix lukas matthias dieter heike sabine "
    "petra monika ursula katrin anja anke birgit greta frieda lea lina marlene johanna johannes friedrich heinrich karl otto "
    "annika björn jörg günther jan piet kees joost sanne femke lotte maud bram daan sem willem hendrik erik magnus anders "
    "mikkel freja signe astrid sigrid kirsten mette søren "
    # Romance
    "javier alejandro fernando francisco diego pablo rafael sergio álvaro josé maría carmen lucía pilar beatriz inés jesús "
    "joão paulo tiago beatriz mariana rita catarina giovanni giuseppe francesco alessandro matteo lorenzo chiara francesca "
    "valentina alessia élodie camille mathieu guillaume aurélie céline françois benoît jérôme thierry "
    # Polish, Czech
    "agnieszka małgorzata katarzyna magdalena joanna ewa zofia hanna krystyna barbara paweł piotr andrzej krzysztof tomasz "
    "michał jakub mateusz wojciech stanisław zbigniew grzegorz łukasz marcin kasia asia basia ania jana eva lenka kateřina "
    "tereza petra lucie zuzana jiří petr pavel tomáš jakub ondřej honza václav zdeněk miroslav "
    # Turkish
    "ayşe fatma emine hatice zeynep elif merve büşra esra selin ece mehmet mustafa ahmet hüseyin hasan ibrahim i̇brahim osman "
    "murat emre burak kemal cem orhan yusuf ömer ebru "
    # Russian, Ukrainian
    "ольга анна мария елена наталья наташа татьяна ирина светлана юлия екатерина катя дарья даша анастасия настя ксения "
    "марина оксана полина софия соня алиса маша оля лена таня вика виктория александр саша алексей лёша леша андрей антон "
    "артём артем борис вадим василий виктор владимир вова дмитрий дима евгений женя иван ваня игорь илья кирилл константин "
    "максим михаил миша никита николай коля олег павел паша пётр петр петя сергей серёжа степан фёдор юрий юра "
    "олександр олексій андрій дмитро сергій іван михайло микола петро тарас богдан назар остап олена тетяна наталія катерина "
    "ірина оксана марія соломія дарина юлія василь володимир євген "
    # Greek
    "μαρία ελένη κατερίνα αικατερίνη βασιλική σοφία αγγελική γεωργία δήμητρα κωνσταντίνα ιωάννα άννα χριστίνα γιώργος γιάννης "
    "κώστας δημήτρης νίκος παναγιώτης βασίλης χρήστος αθανάσιος μιχάλης πέτρος ανδρέας σπύρος θανάσης"
)
"""Given names as subjects, in lower case."""
ALSO_WORDS: Final = words("mia ben sam dan leo anders hans clara claire pilar asia anne jan")
"""Of these, those that are words in another language: alone they tell nothing."""
UNCASED: Final = words(
    # Arabic, Persian
    "محمد أحمد احمد علي عمر خالد يوسف إبراهيم ابراهيم حسن حسين مصطفى محمود سامي طارق ياسر زيد عبدالله عبدالرحمن فاطمة عائشة "
    "كريم سعيد جمال نبيل عادل فيصل ماجد وليد رامي هاني مريم زينب خديجة سارة ليلى هند نورا نور منى سلمى ياسمين رنا دينا آمنة هدى ريم لينا رضا زهرا سمية حمزة بلال أنس "
    # Hebrew
    "דוד משה יוסף יעקב אברהם יצחק דניאל איתי נועם אורי עומר יונתן רונן אבי שרה רחל רבקה לאה מרים נועה מאיה תמר יעל מיכל שירה "
    "רונית דנה ענת גלית אסתר "
    # Hindi
    "प्रिया राज रवि अमित राहुल रोहित विकास संजय अजय विजय सुनील अनिल दीपक मोहन राम श्याम अर्जुन कृष्णा आरव नेहा पूजा सीता गीता "
    "अंजलि काजल कविता सुनीता रेखा मीना दिव्या अनीता रिया सोनिया राधा"
)
"""Given names of scripts without capitals: names behind a word of kin, or "called", alone."""

# --- Chinese, Japanese, Korean -----------------------------------------------------------------------------------------

ZH_SURNAMES: Final = (
    "欧阳|司马|诸葛|上官|[王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂"
    "苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹熊金陆陸郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文]"
)
ZH_SURE: Final = "[王李张張刘劉陈陳杨楊赵趙吴吳徐孙孫朱胡郭林罗羅郑鄭梁谢謝宋唐韩韓曹邓鄧冯馮蔡彭潘袁董苏蘇吕呂魏蒋蔣杜沈姜傅卢盧汪崔廖姚邱谭譚贾邹薛侯]"
"""Surnames that begin few words."""
ZH_KIN: Final = r"妹妹|姐姐|姊姊|表姐|表妹|堂姐|堂妹|弟弟|哥哥|表哥|表弟|堂哥|堂弟|妈妈|媽媽|母亲|爸爸|父亲|妻子|老婆|太太|丈夫|老公|先生|儿子|兒子|女儿|女兒|女朋友|男朋友|闺蜜|最好的朋友|朋友|好友|同事|老板|领导|上司|室友|邻居|老师|学生|同学|狗狗?|猫咪?|奶奶|爷爷|爺爺|外婆|外公|姥姥|姥爷|阿姨|叔叔|舅舅|姑姑|姨妈|爸|妈|媽|孙子|孙女|男友|女友|孩子|宝宝"
ZH_BEHIND: Final = (
    "住|在|是|的|和|跟|与|喜|爱|讨|说|說|去|来|來|有|做|工|想|要|会|會|也|都|很|不|今|明[天年]|昨|从|從|对|對|给|給|把|被|一起|生|吃|喝|买|買|告|觉|结|結|搬|"
    "学|學|教|最|每|经|正|已|刚|下|上|过|過|得|特|非|打|将|比|就|还|因|当|养|,|，|。|！|!|？|\\?|、|；|;|：|:|\\s|$|（|\\(|”|」|先生|女士|小姐|老师|了"
)
"""What may stand behind a name."""
ZH_VERBS: Final = "喜欢|喜歡|住在|说|告诉|来自|讨厌|觉得|认为|结婚|工作|毕业|搬到|今年|是我"
ZH_WITH: Final = "[和跟与給给找]|认识了?|遇到了?|见到了?|见了|陪|问|请教?"
ZH_NO_NAMES: Final = (
    "小[时學学名心朋孩狗猫说米吃]|老[是师家人板婆公太爷]|阿[姨]|韩[国式语]|苏[州打]|郑州|徐[州徐]|孙[子女]|李子|王[国子后者朝]|谢谢|杨[树梅]|唐[朝代诗山]|宋[朝代]|"
    "林[业子地区]|胡[子说同萝]|朱[红]|杜绝|沈阳|姜[汤]|张[口开嘴贴]|高[中兴校考]|[周]末|周[一二三四五六日围边年]|马[上路来]|金[融色属钱]|方[便面法]|白天|何[时人处]|"
    "曾经|任[何务]|江[南苏西]|常[常见]|万[一]|文[化学章件]|石头|夏[天季]|田[地]|于[是]|许[多愿]|程[序度]|钱[包]|康复|龙虾|雷雨|易[于]|武[汉术]|罗[马]|黄[色金河]|梁山|"
    "毛[衣巾]|田径|余[下]|叶子|金鱼|白[色酒]|石家|侯[车]|彭博|魏[国]|姜丝|苏绣"
)
JA_KIN: Final = (
    r"姉|妹|兄|弟|母|父|妻|夫|息子|娘|彼女|彼氏|親友|友人|友達|友だち|同僚|上司|祖母|祖父|同級生|愛?犬|愛?猫|"
    r"お(?:母|父|姉|兄|ばあ|じい)(?:さん|ちゃん)|ママ|パパ|叔母|叔父|いとこ|孫"
)
JA_NAMES: Final = (
    "佐藤|鈴木|高橋|田中|伊藤|渡辺|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|斎藤|斉藤|清水|山崎|池田|橋本|阿部|石川|前田|藤田|小川|後藤|岡田|"
    "長谷川|村上|近藤|石井|坂本|遠藤|青木|藤井|西村|福田|太田|三浦|藤原|岡本|松田|中島|中川|原田|小野|田村|竹内|金子|和田|中山|石田|上田|森田|"
    "花子|太郎|一郎|次郎|健太|健一|大輔|翔太|拓也|達也|直樹|和也|哲也|誠一|裕太|雄太|健二|陽菜|結衣|美咲|さくら|由美|恵子|京子|幸子|和子|洋子|裕子|智子|"
    "久美子|真由美|直美|明美|美穂|優子|陽子|麻衣|七海|結菜|大翔|悠真|愛子|彩香|美香|明日香|舞|葵|凛|翔|蓮|健|誠|隆|浩|ひろし|たけし|けん|ゆい|あおい|ハナコ|タロウ"
)
JA_SAN_NO: Final = "大家|[皆娘奥母父姉兄嫁孫客叔伯]|.*[屋師員者手士長様]|[おご].*"
KO_SURNAMES: Final = "[김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길]"
KO_GIVEN: Final = (
    "[민수지현영준서은진우호희미경정성재동승혜연윤하주아원예빈태훈철상용기유나건시선숙순자란솔별규찬환범석광]"
)
KO_KIN: Final = r"여동생|언니|누나|남동생|오빠|형|엄마|어머니|아빠|아버지|아내|와이프|남편|아들|딸|여자친구|여자 친구|여친|남자친구|남자 친구|남친|절친|친구|동료|상사|사장님|팀장님|룸메이트|강아지|개|고양이|동생|할머니|할아버지|외할머니|외할아버지|이모|고모|삼촌|사촌|엄니|손자|손녀"
KO_NO_NAMES: Final = "강아지|고양이|정수기|최우수|이유|이상|지하철|주소|우정|유아|연주|영상|이민|하나|전자|오전|오후|조금|한우|선수|기자|하지|아주|여자|남자|성경|전기|자기|지진|원서|미용|공유|공지|소진|진정성|유연성|안정성|우수성|성수기|원동력|오미자|이용자|이민자|최연소|이해|장수|정상|신용|비밀|무엇|뭐"
KO_BEHIND: Final = "(?:이는|이가|이랑|이와|이도|이의|이를|[은는이가을를와과랑의도씨님아야,.!?]|에게|한테|하고|입니다|이에요|예요|이야|\\s|$|라고)"
