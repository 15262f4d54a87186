"""What of a message repeats what was erased."""

import pytest

from cairn.erasure.echoes import erased_of, without_repeats


def left(message: str, erased: str) -> str:
    blanked = without_repeats(message, [erased_of(erased)])
    assert len(blanked) == len(message)
    return blanked.strip()


@pytest.mark.parametrize(
    ("message", "erased", "rest"),
    [
        ("Ok, locker 77310 noted. Anything else?", "My locker code is 77310.", "Anything else?"),
        ("The museum opens at ten.", "My locker code is 77310.", "The museum opens at ten."),
        ("Noted: you live in Oslo. I like it there.", "I live in Oslo.", "I like it there."),
        ("Verstanden, Frieda hat Asthma. Gute Besserung!", "Meine Tochter Frieda hat Asthma.", "Gute Besserung!"),
        ("好的，您住在北京。今天天气不错。", "我住在北京。", "今天天气不错。"),
        ("Send it to jo@example.com.", "My email is jo@example.com.", ""),
    ],
)
def test_sentences_that_repeat_what_was_erased_are_blanked(message, erased, rest):
    assert left(message, erased) == rest


CARD = (
    "4000123412341238",
    "4000 1234 1234 1238",
    "4000-1234-1234-1238",
    "4000.1234.1234.1238",
    "4000\u00a01234\u202f1234 1238",
)
IBAN = ("DE02120300000000202051", "DE02 1203 0000 0000 2020 51", "de02-1203-0000-0000-2020-51")
SSN = ("078-05-1120", "078051120", "078 05 1120")
PHONE = (
    "+49 (30) 555-0142",
    "+4930 5550142",
    "0049 30/5550142",
    "+49305550142",
    "030 5550142",
    "\u200e+49 30 555 01 42",
)
ARABIC = ("0791234567", "٠٧٩١٢٣٤٥٦٧", "٠٧٩ ١٢٣ ٤٥٦٧")


MULTIPLIED = [
    ("90k", "90,000"),
    ("90,000", "90k"),
    ("3.5k", "3,500"),
    ("1.2 million", "1,200,000"),
    ("2M", "2,000,000"),
    ("twelve hundred", "1,200"),
    ("ninety thousand", "90k"),
    ("45 Tsd. Euro", "45.000"),
    ("1,5 milioni", "1.500.000"),
    ("2 mil euros", "2000"),
    ("40 mille", "40 000"),
    ("12 tys. zł", "12 000"),
    ("120 тыс. рублей", "120 000"),
    ("5 लाख", "500000"),
    ("30万", "300000"),
    ("三十万", "300000"),
    ("500万円", "5,000,000"),
    ("5천만 원", "50,000,000"),
]


@pytest.mark.parametrize(("told", "echoed"), MULTIPLIED)
def test_a_number_in_thousands_is_the_same_written_out(told, echoed):
    assert left(f"Noted: {echoed}! Anything else?", f"It is {told}.") == "Anything else?"


def test_a_number_in_thousands_is_no_other():
    assert left("The town has 90,500 people.", "I earn 90k.") == "The town has 90,500 people."


@pytest.mark.parametrize(
    ("message", "erased", "rest"),
    [
        ("てんかんですね。お大事に。", "私はてんかんです。", "お大事に。"),
        ("우울증이 있으시군요. 힘내세요.", "저는 우울증이 있어요.", "힘내세요."),
        ("お茶を飲んでいますね。", "私は東京に住んでいます。", "お茶を飲んでいますね。"),
        ("ありがとうございました。", "私はりんごがすきでした。", "ありがとうございました。"),
        ("저는 도와드릴 수 있어요.", "저는 우울증이 있어요.", "저는 도와드릴 수 있어요."),
    ],
)
def test_what_one_word_tells_is_blanked_by_that_word_alone(message, erased, rest):
    assert left(message, erased) == rest


@pytest.mark.parametrize(
    ("told", "echoed"),
    [(a, b) for spelt in (CARD, IBAN, SSN, PHONE, ARABIC) for a in spelt for b in spelt]
    + [(CARD[0], "ending in 1238"), (CARD[1], "•••• 1238"), (IBAN[0], "IBAN …2051"), (PHONE[0], "5550142")],
)
def test_a_number_that_is_grouped_otherwise_is_the_same(told, echoed):
    assert left(f"Saved: {echoed}! Anything else?", f"It is {told}.") == "Anything else?"


@pytest.mark.parametrize(
    ("erased", "message"),
    [
        ("Kızımın adı Ayşe.", "Ayşe'nin okulu nerede?"),
        ("Kızımın adı Ayşe.", "Ayşenin okulu nerede?"),
        ("Oğlum Emre.", "Peki, Emre'ye söylerim."),
        ("제 친구 이름은 민수예요.", "민수는 어디에 살아요?"),
        ("엄마 이름은 이영희예요", "영희 씨께 안부 전해 주세요"),
        ("여동생 이름은 서연이에요", "서연이가 좋아하겠네요"),
        ("Moje sestra se jmenuje Jana.", "Pozdravujte Janu"),
        ("Moje sestra se jmenuje Jana.", "Kdy přijede s Janou?"),
        ("Můj bratr se jmenuje Pavel.", "Pavlovi to řeknu"),
        ("Moja siostra ma na imię Monika.", "Co słychać u Moniki?"),
        ("Moja siostra ma na imię Monika.", "Przekażę Monice"),
        ("Mój brat nazywa się Marek.", "Pozdrów Marka"),
        ("Мою сестру зовут Ольга.", "Передам Ольге"),
        ("Моего брата зовут Павел.", "Увидимся с Павлом"),
        ("Мою дочь зовут Мария.", "А сколько лет Марии?"),
        ("Мого брата звати Андрій.", "Вітання Андрієві"),
        ("Ο αδελφός μου λέγεται Γιώργος.", "Χαιρετίσματα στον Γιώργο"),
        ("Siskoni nimi on Helmi.", "Terveisiä Helmille"),
        ("A húgom neve Ilona.", "Üdvözlöm Ilonát"),
        ("שם אחותי נועה", "אמסור לנועה"),
        ("לאחי קוראים דוד", "ודוד בא מחר"),
        ("اسم أختي مريم", "سلّم لمريم"),
        ("اسم أخي خالد", "وخالد أيضا"),
        ("แม่ของฉันชื่อสมศรี", "ฝากสวัสดีคุณสมศรีด้วย"),
        ("妹の名前は美咲です。", "美咲さんによろしく"),
        ("私の名前は田中太郎です。", "田中様、承知しました"),
        ("我妈妈叫李秀英。", "秀英阿姨身体好吗"),
        ("我的朋友张伟住在北京。", "替我问张伟好"),
        ("My sister is called Anna Kowalska.", "Is Kowalska her married name?"),
        ("Meine Schwester heißt Greta.", "Gretas Zug ist pünktlich"),
    ],
)
def test_a_name_is_the_same_whatever_is_written_on_to_it(erased, message):
    assert left(message, erased) == ""


@pytest.mark.parametrize(
    ("erased", "message"),
    [
        ("My card is 4000 1234 1234 1238.", "The train leaves at 12:40 from platform 8."),
        ("My locker code is 77310.", "Chapter 773 has 10 pages."),
        ("My card is 4000 1234 1234 1238.", "It costs 38 euros."),
        ("My phone is +49 30 555 0142.", "Chapter 31 has 143 pages."),
        ("Kızımın adı Ayşe.", "Hava bugün çok güzel."),
        ("Kızımın adı Ayşe.", "Ay tutulması yarın."),
        ("엄마 이름은 이영희예요", "오늘 날씨가 좋네요"),
        ("Moje sestra se jmenuje Jana.", "Jak bylo na horách?"),
        ("Mój brat nazywa się Marek.", "Może pójdziemy do kina?"),
        ("Мою сестру зовут Ольга.", "Около вокзала есть музей."),
        ("Моего брата зовут Павел.", "Погода сегодня хорошая."),
        ("שם אחותי נועה", "מזג האוויר נעים היום"),
        ("اسم أختي مريم", "الطقس جميل اليوم"),
        ("妹の名前は美咲です。", "今日はいい天気ですね"),
        ("我妈妈叫李秀英。", "今天天气不错"),
        ("แม่ของฉันชื่อสมศรี", "วันนี้อากาศดี"),
        ("My friend Mark moved away.", "The marketing talk was long."),
        ("My sister Eva sings.", "Everybody enjoyed it."),
        ("My uncle Will sails.", "I will look it up."),
    ],
)
def test_what_speaks_of_something_else_stays(erased, message):
    assert left(message, erased) == message


@pytest.mark.parametrize(
    ("erased", "message"),
    [
        ("Tengo cáncer.", "Lamento lo del cáncer."),
        ("Estoy embarazada.", "¡Embarazada, qué alegría!"),
        ("Soy alcohólico.", "Ser alcohólico no es culpa suya."),
        ("Tenho câncer.", "Sinto muito pelo câncer."),
        ("Estou grávida.", "Grávida no verão, que bom."),
        ("Mam raka.", "Przykro mi z powodu raka."),
        ("Jestem gejem.", "Bycie gejem to nic złego."),
        ("Mám rakovinu.", "Rakovina se dá léčit."),
        ("Minulla on syöpä.", "Syöpä on raskas asia."),
        ("У меня рак.", "Сочувствую, рак лечится."),
        ("У мене рак.", "Рак лікують."),
        ("Έχω καρκίνο.", "Λυπάμαι για τον καρκίνο."),
        ("عندي سرطان.", "آسف بشأن السرطان."),
        ("لدي سرطان.", "السرطان مرض صعب."),
        ("יש לי סרטן.", "צר לי על הסרטן."),
        ("मुझे कैंसर है।", "कैंसर के लिए दुख है।"),
        ("Saya kena kanker.", "Turut sedih soal kanker."),
        ("Saya sakit.", "Semoga sakit itu lekas hilang."),
    ],
)
def test_of_what_somebody_has_or_is_one_word_tells(erased, message):
    assert left(message, erased) == ""


@pytest.mark.parametrize(
    ("erased", "message"),
    [
        ("Tengo un perro.", "Tengo una idea."),
        ("Mam psa.", "Mam pomysł."),
        ("У меня кот.", "У меня вопрос."),
        ("عندي قطة.", "عندي سؤال."),
        ("יש לי כלב.", "יש לי שאלה."),
        ("Soy sordo.", "Soy una máquina."),
    ],
)
def test_what_somebody_else_has_or_is_stays(erased, message):
    assert left(message, erased) == message
