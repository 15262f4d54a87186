"""What a wish to leave something out keeps out without a model: what says it in the same words."""

import pytest

from cairn.language.excluding import excludes


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ("card numbers", "My card number is 4000 0000 0000 0000."),
        ("card numbers", "My card is 4000 0000 0000 0000."),
        ("Card Numbers, passwords", "the password is swordfish"),
        ("card numbers\npasswords", "PASSWORD: swordfish"),
        ("Do not store any information about my salary.", "My salary is 90,000 a year."),
        ("credit card numbers", "My card number is 4000."),
        ("health", "My health got worse."),
        ("anything about politics; religion", "I vote for the greens, politics matter to me."),
        ("phone numbers and addresses", "My address is 5 Main Street."),
        ("Kartennummer", "Meine Kreditkartennummer ist 4000."),
        ("Gehalt, Passwörter", "Mein Passwort lautet Schwertfisch."),
        ("Informationen über Gesundheit", "Meine Gesundheit ist schlecht."),
        ("mots de passe", "Mon mot de passe est espadon."),
        ("contraseñas", "Mi contraseña es pez."),
        ("senhas", "A minha senha é peixe."),
        ("numero di carta", "Il mio numero della carta è 4000."),
        ("wachtwoorden", "Mijn wachtwoord is vis."),
        ("hasła", "Moje hasło to ryba."),
        ("зарплата", "Моя зарплата — 90 000."),
        ("пароли", "Мой пароль — рыба."),
        ("паролі", "Мій пароль — риба."),
        ("maaş", "Maaşım 90.000 lira."),
        ("κωδικός", "Ο κωδικός μου είναι ψάρι."),
        ("الراتب", "راتبي 9000."),
        ("سيسما", "سيسما هي سر"),
        ("סיסמאות", "הסיסמאות שלי סודיות."),
        ("वेतन", "मेरा वेतन 90000 है।"),
        ("信用卡号", "我的信用卡号是4000。"),
        ("关于工资的信息", "我的工资是九千。"),
        ("工资、密码", "我的密码是鱼。"),
        ("パスワード", "私のパスワードは魚です。"),
        ("給料に関する情報", "給料は三十万円です。"),
        ("비밀번호", "제 비밀번호는 물고기입니다."),
        ("mật khẩu", "Mật khẩu của tôi là cá."),
        ("kata sandi", "Kata sandi saya ikan."),
        ("รหัสผ่าน", "รหัสผ่านของฉันคือปลา"),
    ],
)
def test_what_says_it_in_these_words_is_kept_out(wish, text):
    assert excludes(wish, text)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ("card numbers", "I like green tea."),
        ("card numbers", "My card is lost since 3 days."),
        ("card numbers", "My sister sent me a card."),
        ("card numbers", "I have a card. My lucky number is 7."),
        ("bank account details", "I walked along the river bank."),
        ("salary", "I like salad."),
        ("car", "I lost my card."),
        ("my salary", "My sister lives in Oslo."),
        ("age", "I manage a team."),
        ("personal information", "I live in Oslo."),
        ("information", "I like tea."),
        ("", "I like tea."),
        (" ,\n", "I like tea."),
        ("the", "I like the sea."),
        ("Gehalt", "Ich mag Tee."),
        ("mots de passe", "Je passe la journée à Lyon."),
        ("contraseñas", "Vivo en Sevilla."),
        ("зарплата", "Я люблю чай."),
        ("الراتب", "أحب القهوة."),
        ("银行账户", "我在银行工作。"),
        ("工资", "我住在北京。"),
        ("パスワード", "お茶が好きです。"),
        ("비밀번호", "저는 차를 좋아해요."),
        ("mật khẩu", "Tôi thích trà."),
        ("रहस्य", "मुझे चाय पसंद है।"),
    ],
)
def test_what_says_something_else_is_kept(wish, text):
    assert not excludes(wish, text)


@pytest.mark.parametrize("wish", ["x" * 100_000, "a b " * 20_000, ", " * 20_000, "银行" * 10_000])
def test_any_wish_is_followed_fast(wish):
    assert not excludes(wish, "I live in Oslo. " * 100)
