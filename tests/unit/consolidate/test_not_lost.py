"""Statements in shapes that look like something else: each of them was once lost."""

import pytest

from cairn.language.machine import without_machine_text
from cairn.language.stating import nothing_stated

TOLD = r"""
Suggest a menu: I am diabetic and vegan.
Give me advice: my wife left me and I lost my job
Recommend a school: we have three kids. We live in Leeds. I work nights.
Please help me:\nI live in Oslo and I work at a bakery.
Tell me: is ibuprofen safe? I am pregnant.
Find me a flat: two kids, one dog, budget 1200 in Leeds.
Write a bio for me:\nAna, 34, nurse, lives in Porto
Draft an email to my landlord: the boiler broke on 3 May.
Hilf mir: ich bin schwanger.
Dame un consejo: soy diabético.
Aiutami: sono celiaco.
Помоги мне: я потеряла работу.
Pomóż mi: jestem w ciąży.
Tolong: saya alergi kacang.
帮我想个菜单：我对花生过敏。
推荐一家餐厅：我吃素。
助けてください：妊娠しています。
Mom is diabetic; can she eat this?
Allergic to nuts; what can I eat?
У мамы диабет; ей можно мёд?
Annem şeker hastası; bal yiyebilir mi?
It's leukemia.
It was malignant.
It's terminal.
It's twins!
This is Sam
That is Bob.
It burns.
Hi I'm Ana
Hey I'm Tom!
HI I'M VEGAN
Hello I'm Deaf
Hola Soy Ana
Ciao Sono Marco
Привет Я Ольга
Merhaba Ben Ayşe
Had my gallbladder removed last year
Did my first marathon yesterday!
Have this allergy since birth
Have my own bakery in Leeds
Was my father's carer for ten years
Have my driving test on Friday
I work all night
I work a lot
I work for my friend
My birthday is Christmas day
No night work
A+
En sevdiğim mevsim yaz.
Annem bir yazar.
Babam yazar.
أكتب الروايات منذ عشر سنوات.
أشرح الرياضيات للأطفال في مدرستي.
ספר הוא המתנה האהובה עליי.
麻烦的是我对花生过敏。
翻译是我的职业。
请了三天病假。
给我妈妈买了一束花。
帮我妹妹找到了工作。
ช่วยแม่ขายของทุกวัน
いくらアレルギーです
何年も糖尿病です
뭐든지 알레르기가 있어요
언제부턴가 채식해요
什么海鲜都过敏
ฉันชอบผ้าไหม
กินอะไรก็แพ้
What I love most is hiking!
What matters to me is honesty
Where I live there are no buses
Which is why I moved to Bath
Recommend only halal restaurants.
Nenn mich Max.
请一直用中文回答我。
Draft beer is my favourite.
Show dogs are my hobby.
Read a book every week
Give blood every May
Convert to Islam in 2010
¿Qué puedo comer si soy celíaco?
Cosa posso mangiare se sono celiaco?
Co mogę jeść skoro jestem weganką?
As a vegan what can I eat?
Given my peanut allergy can I eat pad thai?
Είμαι διαβητικός, τι να φάω;
Explain to me: I am pregnant
Erkläre mir: ich bin schwanger
Explique-moi : je suis enceinte
ฉันสอนหนังสือที่น่าน คุณสบายดีไหม?
¿Sabías que soy sordo?
Sapevi che sono sordo?
Você sabia que sou surdo?
Czy wiesz, że jestem głuchy?
Víš, že jsem hluchý?
Ξέρεις ότι είμαι κουφός;
هل تعلم أنني أصم؟
क्या आप जानते हैं कि मैं बहरा हूँ?
你知道我是聋子吗？
私が耳が聞こえないことを知っていますか
제가 청각장애인인 거 아세요?
¿Puedes recordar que soy zurdo?
Puoi ricordare che sono mancino?
Kim is my wife
Kim lives in Oslo
Wen works at a bakery
Var is short for Varvara
Puis je suis allée vivre à Rome
Puis on a déménagé à Nice
Quanto amo il mare!
¡Cuánto amo el mar!
Quel bonheur d'être papa !
Πόσο αγαπώ τη θάλασσα!
كم أحب البحر!
我多少有点怕狗
哪里有音乐哪里就有我
뭐든지 먹지만 견과류는 안 돼요
누구보다 엄마를 사랑해요
어디서나 잘 자요
무엇보다 가족이 중요해요
왜 그런지 고양이가 무서워요
ใครๆ ก็รู้ว่าฉันไม่ดื่ม
อะไรก็กินได้ยกเว้นถั่ว
ยังไงฉันก็ไม่กินหมู
誰よりも母を尊敬しています
私を健と呼んでください
肉は勧めないでください
敬語で話してください
저를 민수라고 불러 주세요
고기는 추천하지 말아 주세요
반말로 해 주세요
请不要给我推荐肉
Dammi del tu
Remind me to call Ana on Friday
Fix this:\n         \n   \n   \nI use Python 3.8 at work
Can you help my brother Joe, who has MS, find a job?
Is it safe for my cat Miso, who has diabetes?
Create a workout plan for a 45 year old with knee pain
Can you recommend a gift for my mom who loves gardening?
What should I feed my dog, who is allergic to chicken?
Suggest a school for my daughter, who is deaf
¿Puedes ayudar a mi hermano, que tiene esclerosis, a buscar trabajo?
¿Qué le regalo a mi madre que ama la jardinería?
Peux-tu aider mon frère, qui a la sclérose, à trouver un emploi ?
Que puis-je offrir à ma mère qui adore le jardinage ?
Cosa posso regalare a mia madre che ama il giardinaggio?
Puoi aiutare mio fratello, che ha la sclerosi, a trovare lavoro?
O que posso dar à minha mãe que adora jardinagem?
Kannst du meinem Bruder, der MS hat, bei der Jobsuche helfen?
Was schenke ich meiner Mutter, die Gartenarbeit liebt?
Что подарить моей маме, которая любит сад?
Co kupić mojej mamie, która kocha ogród?
Wat geef ik mijn moeder die van tuinieren houdt?
Vad ska jag ge min mamma som älskar trädgård?
Erstelle einen Trainingsplan für eine 45-jährige Frau mit Knieschmerzen
Hazme un plan de ejercicio para una mujer de 45 años con dolor de rodilla
给我一个适合45岁膝盖疼的人的健身计划
Quando ero piccolo vivevo a Torino
Quand j'étais petit je vivais à Lyon
Cuando era niño vivía en Sevilla
Quando eu era criança morava em Recife
Wenn es regnet tut mir das Knie weh
Wo ich wohne gibt es kein Internet
Dove abito io non c'è internet
Donde vivo no hay internet
Où j'habite il n'y a pas d'internet
Onde moro não há internet
Wer mich kennt weiß dass ich Jazz liebe
Quien me conoce sabe que amo el jazz
Chi mi conosce sa che amo il jazz
Küçükken Ankara'da yaşadım
Nerede olsam kahve içerim
Ne zaman yağmur yağsa dizim ağrır
עכשיו כשאני קטן גרתי בחיפה
متى ما أمطرت يؤلمني ركبتي
כש אני עייף אני שותה תה
وقتی بچه بودم در شیراز زندگی می‌کردم
เมื่อไหร่ที่ฝนตกฉันปวดเข่า
ฉันไม่รู้ว่าใครขโมยจักรยานของฉัน
Give me short answers
Give short answers
Answer briefly please
Antworte mir kurz
Réponds-moi en français
Respóndeme en español
Rispondi in italiano per favore
Speak Spanish to me
Talk to me like a pirate
Use metric units
请用中文回答
用简体中文回答我
日本語で答えてください
한국어로 대답해줘
Отвечай на русском
Odpowiadaj po polsku
Don't use emojis
Please stop using bullet points
What a beautiful morning in Lisbon with my son
How I miss Berlin
What a mess my kitchen is
How lovely the garden at my house is
Qué frío hace en mi casa
Quelle chance d'avoir ma sœur Anna
Was für ein Glück dass ich Lena habe
Can you help me plan my sister's wedding in June?
Could you write a toast for my father's 60th birthday?
Can you find a dentist near my office in Leeds?
Kannst du mir bei der Feier für meine Tochter Lena helfen?
¿Me puedes ayudar con la boda de mi hermana Lucía?
Peux-tu m'aider à préparer l'anniversaire de ma fille Zoé ?
What can I cook if my guests are vegan?
My son, who is 6, hates peas. Any ideas?
Recommend a book for my nephew who's into trains
Qual presente dou ao meu pai, que é cego?
Какой подарок выбрать моему брату, который увлекается рыбалкой?
Que dois-je cuisiner pour mon mari, qui est diabétique ?
What exercises are safe for a 70-year-old with a hip replacement?
Welches Training passt für eine 60-jährige Frau mit Arthrose?
What diet is good for a 12 year old girl with celiac disease?
70歳の母に合う運動は？
"""

WRITTEN = [
    '{\n  "name": "Ana",\n  "city": "Porto",\n  "allergies": [\n    "nuts"\n  ]\n}',
    'name = "Ana"\ncity = "Porto"',
    "I am allergic to peanuts;",
    "I live in Oslo;\nI work at a bakery;",
    "allergies: nuts, milk;",
    "@bot I am allergic to nuts",
    "@ana_silva is my handle on Mastodon.",
    "private pilot since 2010",
    "public school teacher in Leeds",
    "static shocks scare me",
    "import wine from Spain for a living",
    "$ 500 is my monthly budget",
    "Luna(cat)",
    "My wife (Ana) works in Delft;",
    "My wife (Ana) works in Delft;\nmy son (Leo) is 4;",
    "- wife (Ana);\n- son (Leo);",
    "Meine Frau (Ana) ist Ärztin;",
    "Моя жена (Аня) врач;",
    "我妻子(小美)是护士;",
    "vegan (strict);",
    "weight = 80 kg; height = 180 cm;",
    "My mail is <jo@example.org>;",
    "age = 34 (turning 35)",
    "diet = vegan (since 2019)",
    "return ticket: 4 May (Rome)",
    "public school (Leeds);",
    "private pilot (since 2010);",
    "class reunion(s): 4 May",
    "function: nurse (ICU);",
    "at home (sick)",
    "    at work (nights)",
    "if (like me) you are deaf (both ears);",
    "mother(82)",
    "for breakfast I have:\n  - oats\n  - berries",
    "--- Allergies ---\n- peanuts\n- latex",
    "Long-term memory loss runs in my family.\nMy dad has it since 2019.",
    "User facts: I live in Oslo\nI work at a bakery",
    "Related facts about me\n- I live in Oslo\n- I am deaf\n\nThanks for reading, I am Ana.",
    "My wish list is at https://docs.google.com/spreadsheets/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
    "UPDATE: I moved to Rome;",
    "MY_CITY=Bern",
    "kids = [Mia, Leo]",
    "FAVORITE_COLOR=blue",
    "[image: my new puppy Biscuit]",
    "[photo: our wedding in Rome]",
    "```\nI live in Rome and have two cats.\n```",
    "```text\nMy name is Ana\n```",
    "2024-05-03 10:00 dentist appointment",
]


@pytest.mark.parametrize("message", [line.replace("\\n", "\n") for line in TOLD.strip().splitlines()])
def test_what_is_told_is_kept_whatever_it_looks_like(message: str):
    assert nothing_stated(message) is None


@pytest.mark.parametrize("message", WRITTEN)
def test_what_people_write_is_no_machine_text(message: str):
    assert without_machine_text(message) == message
