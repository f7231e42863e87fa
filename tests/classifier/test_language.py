# ruff: noqa: RUF001 - letters of other scripts, and look-alikes, are what is tested
import pytest

from classifier.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please tell me how I can change the delivery address", "en"),
        ("Bitte löschen Sie alle Daten, die Sie über mich haben", "de"),
        ("Je voudrais savoir comment fermer mon compte chez vous", "fr"),
        ("Hola, no puedo entrar en mi cuenta desde ayer por la noche", "es"),
        ("パスワードを忘れました。どうすればいいですか", "ja"),
        ("我的账号被盗了,请帮我找回", "zh"),
        ("У меня украли аккаунт, помогите", "ru"),
        ("Мій обліковий запис зламали, допоможіть", "uk"),
        ("تم اختراق حسابي ساعدوني", "ar"),
        ("계정이 해킹당했어요", "ko"),
        ("Έχασα τον κωδικό μου", "el"),
        ("hi", "und"),
        ("ok thx bye", "und"),
        ("", "und"),
        ("12345 !!! ???", "und"),
        ("\U0001f600" * 50, "und"),
    ],
)
def test_the_language_is_named_or_left_open(text, language):
    assert language_of(text) == language
