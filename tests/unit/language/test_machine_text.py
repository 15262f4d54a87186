"""What machines put into messages is blanked, and nothing that people say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.language.machine import without_machine_text


def left(text):
    return " ".join(without_machine_text(text).split())


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint('x')\n```",
        "~~~\nls\n~~~",
        "<system-reminder>\nKeep it short.\n</system-reminder>",
        "<relevant_memories>\n- User likes tea\n</relevant_memories>",
        "<environment_context><cwd>/srv</cwd></environment_context>",
        "## Relevant memories\n- User likes tea\n- User lives in Ulm\n",
        "Recalled memories:\n1. User likes tea\n2. User sails\n",
        'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\nKeyError: 3',
        "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n\t/tmp/x.go:9 +0x1d",
        "thread 'main' panicked at src/main.rs:3:5:\nboom\nnote: run with `RUST_BACKTRACE=1`",
        'Exception in thread "main" a.BError\n\tat a.B.c(B.java:3)\nCaused by: a.DError\n\tat a.D.e(D.java:4)',
        "java.lang.IllegalStateException: no\n\tat a.b.C.d(C.java:10)\n\tat a.b.E.f(E.java:2)\n",
        "diff --git a/x b/x\nindex 0000000..1111111\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "DATABASE_HOST=localhost\nexport API_TOKEN=abc",
        "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBsb25nIGVuY29kZWQgdGV4dCB0aGF0IHNheXMgMTIzNDU2Nzg5",
        "import os\n\ndef main():\n    return os.getcwd()\n",
        "SELECT name FROM users WHERE id = 3;",
        "const a = 1;\nfunction f() {\n  return a;\n}",
        "x = f(y);",
        "user.name = names[0]\nuser.save();",
        "rows = [1, 2, 3]",
        "total = sum(x for x in rows)",
        "a[0] = (b + c) * 2;",
        "int main(void);",
        "let x = new Map<string, number>();",
        "foo->bar(baz);",
        "std::vector<int> v = {1, 2};",
        "public void run();",
        "private final int n = f(3);",
        "static int n = f(3);",
        "return f(x);",
        "throw new Error('no');",
        "f(x); g(y);",
        "    at f (a.js:3:5)",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc+/=\n-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "2024-05-03T10:00:00Z ERROR [main] Connection refused\n2024-05-03 10:00:01,123 INFO started",
        "[2024-05-03 10:00:00] INFO: booted",
        "2024-05-03 10:00:00,123 [http-nio-1] WARN slow answer",
        "May 03 10:00:01 host sshd[123]: Failed password",
        "<|im_start|>system\nYou are a helpful bot.<|im_end|>",
    ],
)
def test_machine_text_is_blanked(text):
    assert left(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "I use `rg` instead of grep.",
        "My SELECT query is slow.",
        "We import coffee from Peru.",
        "return to sender was on the letter",
        "if you ask me, tea is better",
        "for years I lived in Ghent",
        "## About me\n- I live in Ghent\n- I like tea",
        "User memories fade, my grandfather said.",
        "- nuts\n- milk",
        '{"name": "Ana", "allergies": ["nuts"]}',
        "I <3 hiking and <b>bold</b> colours",
        "I opened <context> and never closed it. I live in Oslo.",
        "class reunion is on Friday",
        "Call me at 555-0199 (evenings)",
        "Traceback (most recent call last) is what I had\nI was born in Ulm",
        "panic: that is what I feel before exams",
        "My key is at https://example.org/a/very/long/path/that/goes/on/and/on/for/ever/and/ever",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch is where I am from",
        "| Name | Age |\n|---|---|\n| Emma | 7 |",
    ],
)
def test_what_people_say_stays(text):
    assert left(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "<|im_start|>user\nI live in Rome<|im_end|>",
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nI live in Rome<|im_end|>\n",
        "<|start_header_id|>user<|end_header_id|>\nI live in Rome<|eot_id|>",
        "[INST] I live in Rome [/INST]",
    ],
)
def test_what_a_chat_template_puts_around_a_turn_is_blanked_and_the_turn_stays(text):
    assert without_machine_text(text).strip() == "I live in Rome"


def test_what_stands_around_a_block_stays_in_its_place():
    text = "I live in Oslo.\n```\nx = 1\n```\nI bake bread."
    blanked = without_machine_text(text)
    assert len(blanked) == len(text)
    assert blanked.index("I bake") == text.index("I bake")
    assert "x = 1" not in blanked


def test_a_block_that_is_never_closed_is_no_block():
    assert "I bake bread" in without_machine_text("I live in Oslo.\n```\nx = 1\nI bake bread.")


@given(st.text())
def test_the_length_stays(text):
    assert len(without_machine_text(text)) == len(text)


_MANY = 50_000


@pytest.mark.parametrize(
    "line",
    [
        "import " + "a" * 40 + "!",
        "import " + "a, " * _MANY + "!",
        "if " + "." * _MANY,
        "while " + "(" * _MANY,
        "for a" + " in " * _MANY,
        "(" * 2 * _MANY,
        "=" * 2 * _MANY,
        "{" * 2 * _MANY,
        "    at " + "(" * _MANY,
        "x = " + "a (" * _MANY + "!",
        "x = " + "1 a" * _MANY + ";",
        "x = " + "<a@" * _MANY + ";",
        "class a(" + ": pass" * _MANY + "!",
        "A1a" * _MANY + "!",  # blanked, and then blanks before a mark
        " " * 2 * _MANY + "!",
        "-eyJabcdefgh" * _MANY,
        "".join(f"-----BEGIN A{n}-----\n" for n in range(_MANY)),
        "".join(f"<a-{''.join(chr(97 + int(digit)) for digit in str(n))}>" for n in range(2 * _MANY)),
    ],
    ids=lambda line: line[:12],
)
def test_a_line_that_is_nearly_code_is_read_once(line: str):
    """Each takes a blink; where a pattern begins again at every character, or at every pair, the time limit ends it."""
    assert len(without_machine_text(line)) == len(line)
