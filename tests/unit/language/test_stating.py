"""Which messages state nothing as a whole, in the languages people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.language.stating import QUESTION, REQUEST, SMALL_TALK, nothing_stated

KEPT = """
My blood type: 0 negative
Lactose intolerant
Left-handed
Has two daughters
Was born in Graz
Will be fifty in May
Have a dog and a cat
Can swim well
Runs a bakery in Delft
Write crime novels for a living.
Make my own bread every Sunday
Play the cello in an orchestra
Plan weddings for a living
Thanks, by the way I moved to Lyon last week.
Hello! My doctor says I need more iron.
Ok so we settled on the blue tiles
Cheers mate, I'm off to Peru on 3 June.
My mother is 81, what should she eat?
Is oat milk fine, my son has coeliac disease?
What gift suits my aunt, she collects owls?
Which shoes should I buy, given that I run marathons because I enjoy it?
Can you book a table since we got engaged yesterday?
Could you find me a vet near Elm Road because Rex broke his paw
Draft a letter for my landlord Mr. Pym about the damp.
Suggest a menu, my guests are vegetarian.
Explain it slowly because I am dyslexic.
Remember: bins go out on Tuesdays
Please remember that my bike lock code is 8810.
Don't forget my sister Ida is vegan
Keep in mind I work nights
Note to self: renew the passport
Save this: the alarm is 4410
when does the shop open i work until six on weekdays
Ich bin Linkshänder
Hallo, meine Tochter heißt Frieda.
Suche eine Wohnung in Köln
Schreibe seit Jahren Gedichte
Wo ich arbeite, gibt es keine Kantine.
Danke, ich habe es schon gekauft.
Merk dir: Müll ist dienstags
Kannst du mir ein Rezept geben, ich vertrage keine Milch?
Je suis gaucher
Merci, j'ai déménagé à Lille.
Donne des cours de piano à Rennes
Souviens-toi que je suis végétarienne.
Como pescado los viernes
Hola, me llamo Inés y vivo en Cádiz.
Traduce libros del ruso
¿Qué ceno? Soy diabética.
Sono mancino
Grazie, mi sono trasferita a Bari.
Moro em Braga
Obrigado, já comprei o carro.
Ik ben zwanger
Bedankt, ik woon nu in Breda.
Jag är allergisk mot jordnötter
Jeg bor i Bergen
Jestem leworęczny
Dziękuję, przeprowadziłam się do Gdyni.
Mám alergii na ořechy
Я левша
Спасибо, я уже переехал в Казань.
Запомни: мой размер 42
Я боюсь собак, что мне делать?
Я люблю чай
Живу у Харкові
Είμαι αριστερόχειρας
Ευχαριστώ, μετακόμισα στη Λάρισα.
أنا أعسر
شكرا، انتقلت إلى فاس.
אני שמאלי
تودّ ابنتي أن تصبح طبيبة
من در شیراز زندگی می‌کنم
मैं बाएँ हाथ से लिखता हूँ
धन्यवाद, मैं अब पुणे में रहता हूँ।
我是左撇子
谢谢，我已经搬到成都了。
我有几个朋友住在西安
什么都吃
记住我的车位是B12
请假三天去看妈妈
我妈妈有糖尿病，晚饭吃什么好？
左利きです
ありがとう、先月引っ越しました。
何でも食べます
妹は猫を飼っている
저는 왼손잡이예요
감사합니다, 이사했어요.
학교에 가요
친구를 만나요
ผมถนัดซ้าย
ขอบคุณครับ ผมย้ายไปภูเก็ตแล้ว
Tôi thuận tay trái
Hay uống cà phê buổi sáng
Saya kidal
Solağım
Teşekkürler, İzmir'e taşındım.
Olen vasenkätinen
Balkezes vagyok
Ninaishi Mombasa
Cuánto me gusta el mar
Quanto mi piace il mare
Quanto odio i funghi
Combien j'aime la mer
Quanto mais café bebo melhor me sinto
Quanto a me sono vegano
Quando piove mi fa male il ginocchio
Quando vado a Roma dormo da zia
Quando chega o verão vou a Tavira
Cuando viene el invierno duermo mal
Como es lunes no hay clase
Como puedo comer sin gluten soy celíaca
Come si cucina il risotto lo sa solo nonna
Donde trabajo hay un comedor
Quem cuida de mim é a minha irmã
Où j'habite il n'y a pas de métro
De ce côté de la ville il y a un parc
Wanneer het regent doet mijn knie pijn
Wo die Kinder spielen ist unser Garten
Was wichtig ist ist Ruhe
När går solen upp vaknar jag
Kiedy pada boli mnie kolano
Kiedy byłem mały mieszkałem w Gdyni
Kde bydlím není metro
Kdo mě zná ví že nepiju
Когда идёт дождь у меня болит колено
Как мать двоих детей мало сплю
Коли йде дощ у мене болить коліно
Πότε πότε πίνω κρασί
Mitä enemmän kahvia sitä parempi minulle
Mikor jön a nyár mindenki örül
Saat kaç olursa olsun kahve içerim
Mấy giờ tôi cũng dậy được
चाय कैसे बनती है सब जानते हैं
Comment moderation pays the bills
When is best for us is Friday
怀孕了能喝咖啡吗
刚做完手术 能运动吗
妊娠中 コーヒー飲んでいいですか
膝が痛いんだけど走っていい？
ผมเป็นเบาหวาน กินอะไรดีครับ
ตั้งครรภ์อยู่ กินอะไรดี
ខ្ញុំជាគ្រូ។ តើអ្នកសុខសប្បាយទេ?
Cosa mi consigli per cena sono celiaca
Was ist mit Leo los er hat Fieber
Как варити борщ навчила бабуся
Kdy prší neběhám
Когда холодно не бегаю
Где работаю нет столовой
Коли хворію п'ю чай
Milloin sataa en juokse
Kaç kere söyledim kahve içmem
Πού δουλεύω είναι ήσυχα
כמה אני אוהב ים
كم أحب البحر
أين أعمل لا يوجد مطعم
कब बीमार होता हूँ चाय पीता हूँ
什么时候下雨膝盖就疼
怎么说呢我不太喜欢热闹
牙疼怎么办
感冒了怎么办
どこへ行っても犬と一緒
誰とも話さない
언제 자든 여섯 시에 깬다
누가 뭐래도 난 채식해
머리가 아픈데 어떻게 해
ขาหัก ทำยังไงดี
""".strip().splitlines()

PASSED = {
    SMALL_TALK: """
Fair enough
Tudo bem
Спасибо огромное
Takk skal du ha
Great answer, thank you so much
What a great idea!
Hi!
hello there
Hey Anna
Thanks a lot!
thank you so much for your help
Thanks, bye!
ok great
Yes please
Good morning
haha
👍
...
Sounds good, see you later
I'm back
That is great
You're welcome
Danke dir!
Guten Morgen
Vielen Dank
Alles klar, bis bald
Merci beaucoup
Bonjour
D'accord, merci
Muchas gracias
Buenos días
Grazie mille
Buongiorno
Muito obrigada
Bom dia
Hartelijk dank
Tot ziens
Tack så mycket
Tusen takk
Dziękuję bardzo
Dzień dobry
Děkuji
Большое спасибо
Доброе утро!
Дякую
Ευχαριστώ πολύ
Καλημέρα
شكرا جزيلا
صباح الخير
תודה רבה
नमस्ते
बहुत धन्यवाद
谢谢您
早上好！
好的，收到
明白了，谢谢
哈哈
ありがとうございます
おはようございます
了解しました
감사합니다
안녕히 계세요
ขอบคุณมากครับ
Cảm ơn bạn
Terima kasih banyak
Teşekkür ederim
Günaydın
""",
    QUESTION: """
Quando arriva il treno
A che ora apre la banca
Che ore sono
Come si cucina il risotto
Dov'è la stazione
Come posso imparare il tedesco
Cuándo llega el tren
Cómo se hace una tortilla
Qué hora es
Qué me recomiendas para cenar
Quando chega o trem
Quantos habitantes tem Lisboa
Quand arrive le train
Où est la gare
Comment faire une omelette
Que me conseilles-tu pour le dîner
Când vine trenul
Was ist die Hauptstadt von Peru
När kommer tåget
Hvornår kommer toget
O której otwierają bank
Jak zrobić omlet
V kolik hodin otevírá banka
Во сколько открывается банк
Как приготовить омлет
Як приготувати борщ
Tren ne zaman gelir
Saat kaç
ट्रेन कब आएगी
आमलेट कैसे बनाते हैं
Khi nào tàu đến
Jam berapa sekarang
지금 몇 시예요
when does the train arrive
Mikor jön a vonat
Paljonko kello on
How are you!
How are you
What is the capital of France
Who is my sister
where does my sister live
What is my sister's name?
Do you know who my boss is?
Who has the key?
Can you tell me who wrote Dune?
Which movie that is popular should I watch?
Do you know anyone who can fix a sink?
What did my doctor say about who should drive?
Wann fährt der Zug nach Bonn
wie wird das Wetter morgen in Berlin
Wo wohnt meine Schwester
Dove vive mia sorella
¿Dónde vive mi hermana?
Wer ist der Präsident
How do you say hello in Spanish
Сколько стоит билет
Где живёт моя сестра
Wat is de hoofdstad van Frankrijk
متى يصل القطار
איפה גרה אחותי
ใครคือประธานาธิบดี
Hva heter søsteren min
What would you recommend for a family of four?
Who are you
Can you help me?
Can you help me with this?
Could you write a poem about autumn?
Can you recommend a good restaurant in Rome?
Who wrote the book that won the prize?
Kannst du mir helfen?
¿Me puedes ayudar?
What is the capital, which country is it in?
Is there anyone who knows?
How many years old is the universe?
Which actor who won an Oscar was born in Rome?
Wo ist der Zug, der nach Bonn fährt?
Wie alt ist meine Schwester?
How old is my sister?
What time is it?
where can i buy stamps
How do I reset it, and when?
Any plans for today?
Do you know a good plumber
is there a pharmacy nearby
Really? Why?
Wie spät ist es
Kannst du das übersetzen?
Warum regnet es
Quelle heure est-il ?
Est-ce que tu parles allemand
¿Dónde está la farmacia?
Quanto costa?
Qual é a capital?
Hoe laat is het?
Vad är klockan?
Hvor er biblioteket?
Ile to kosztuje?
Kde je nádraží
Который час?
Почему не работает
Котра година?
Τι ώρα είναι;
كم الساعة؟
מה השעה?
क्या आप मदद कर सकते हैं?
现在几点了？
你叫什么名字
为什么不行
今何時ですか
これはどこで買えますか？
지금 몇 시예요?
กี่โมงแล้ว
Mấy giờ rồi?
Jam berapa sekarang?
Saat kaç?
""",
    REQUEST: """
Erzähl mir einen Witz
Traduis ce texte
मुझे एक चुटकुला सुनाओ
Tell me, who has the key?
Give me a recipe
Give me a short summary of Hamlet
Give me three answers
Write a short story about a dragon
Explain quantum physics briefly
Translate this to Spanish
Give me a joke
Tell me about the Romans.
Translate "good evening" into Dutch.
Write a haiku about rain
Summarize this: The meeting was moved. Budgets were cut.
Help me fix this.
Please continue
List three rivers:
Recommend a film, please
Let's talk about chess.
Remind me what we talked about.
Gib mir drei Beispiele
Schreib ein Gedicht über den Herbst
Erklär mir das bitte
Donne-moi un exemple
Explique-moi la photosynthèse
Dame un ejemplo
Escribe un poema
Dammi un esempio
Explique isto
Geef me een voorbeeld
Skriv en dikt
Napisz wiersz o jesieni
Напиши стихотворение
Переведи это
Поясни це
اكتب قصيدة
给我讲个笑话
帮我翻译一下
例を挙げてください
시를 써 주세요
ช่วยแปลหน่อย
Hãy kể chuyện cười
Tolong terjemahkan ini
Bir şiir yaz
एक कविता लिखो
""",
}


@pytest.mark.parametrize("message", KEPT)
def test_what_states_something_is_kept(message):
    assert nothing_stated(message) is None


@pytest.mark.parametrize(
    ("message", "reason"), [(m, reason) for reason, listed in PASSED.items() for m in listed.strip().splitlines()]
)
def test_what_states_nothing_is_passed_over_with_its_reason(message, reason):
    assert nothing_stated(message) == reason


def test_one_statement_among_small_talk_keeps_the_whole():
    assert nothing_stated("Hi! How are you? Thanks for asking. I sold the boat. Bye!") is None
    assert nothing_stated("Hi! How are you? Thanks for asking. Bye!") == QUESTION


@pytest.mark.parametrize("message", ["Any ideas?\n\nWe leave on Monday.", "1. Yes\n2. The red one, in size 40"])
def test_lines_are_read_on_their_own(message):
    assert nothing_stated(message) is None


@given(st.text())
def test_any_text_can_be_read(text):
    assert nothing_stated(text) in (None, SMALL_TALK, QUESTION, REQUEST)
