"""Counting tokens: as tiktoken counts them, with the bundled vocabulary, and without a network."""

import gzip
import hashlib
import shutil
import socket
import subprocess
import sys
import time

import pytest

from cairn.kernel.errors import Misconfigured
from cairn.models_ai.tokens import TiktokenCounter

FILE = "o200k_base.tiktoken.gz"


@pytest.fixture(scope="module")
def folder(repository):
    return repository / "layers" / "tokenizer"


@pytest.fixture(scope="module")
def counter(folder):
    return TiktokenCounter(folder)


def test_the_bundled_file_is_the_vocabulary_that_openai_publishes(folder):
    checksum, name = (folder / "SHA256SUMS").read_text().split()
    packed = (folder / name).read_bytes()

    assert hashlib.sha256(packed).hexdigest() == checksum
    unpacked = hashlib.sha256(gzip.decompress(packed)).hexdigest()
    assert unpacked == "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    assert unpacked in (folder / "NOTICE").read_text()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("hello", 1),
        ("hello world", 2),
        ("I am vegetarian and avoid dairy.", 7),
        ("2024-03-01T10:00:00Z", 13),
        ("antidisestablishmentarianism", 6),
        ("Ich trinke meinen Kaffee am liebsten schwarz.", 9),
        ("私は毎朝コーヒーを飲みます。", 12),
        ("🏊 twice a week 👩‍👩‍👧", 13),
        ("def area(radius):\n    return 3.14159 * radius ** 2\n", 17),
        ("\ud800", 1),
    ],
)
def test_texts_are_counted_as_tiktoken_counts_them(counter, text, tokens):
    assert counter.count(text) == tokens


@pytest.mark.parametrize("text", ["<|endoftext|>", "<|endofprompt|>"])
def test_special_tokens_in_a_text_are_ordinary_text(counter, text):
    assert counter.count(text) > 1


def test_a_long_text_counts_as_the_sum_of_what_it_says(counter):
    sentence = "I moved to Oslo in 2019, and (to be fair) my sister's bees came too! "
    assert counter.count(sentence * 5_000) == counter.count(sentence) * 5_000 - 5_000 + 1


@pytest.mark.parametrize("run", ["a", " ", "\n", "!", "é", "語", "😀", " \n"])
def test_a_megabyte_of_one_character_is_counted_in_reasonable_time(counter, run):
    counter.count("warm")
    started = time.process_time()
    assert counter.count(run * (1_000_000 // len(run))) > 0
    assert time.process_time() - started < 5


def test_nothing_is_downloaded(folder, monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("the network was asked")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    assert TiktokenCounter(folder).count("hello world") == 2


def test_tiktoken_is_loaded_on_first_use_and_never_keeps_a_cache(folder, tmp_path):
    program = (
        "import sys, pathlib; from cairn.models_ai.tokens import TiktokenCounter\n"
        f"counter = TiktokenCounter(pathlib.Path({str(folder)!r}))\n"
        "assert 'tiktoken' not in sys.modules\n"
        "assert counter.count('hello world') == 2\n"
        "assert 'tiktoken' in sys.modules and 'requests' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"TMPDIR": str(tmp_path)})
    assert not list(tmp_path.iterdir())


def test_a_folder_without_the_vocabulary_fails_at_start(tmp_path):
    with pytest.raises(Misconfigured, match=r"CAIRN_TOKENIZER_DIR"):
        TiktokenCounter(tmp_path)


@pytest.mark.parametrize("alter", [lambda packed: packed[:1000], lambda packed: b"text", lambda packed: b""])
def test_a_broken_vocabulary_is_refused(folder, tmp_path, alter):
    (tmp_path / FILE).write_bytes(alter((folder / FILE).read_bytes()))
    with pytest.raises(Misconfigured, match=r"make_vocabulary\.py"):
        TiktokenCounter(tmp_path).count("hello")


def test_another_vocabulary_is_refused(folder, tmp_path):
    lines = gzip.decompress((folder / FILE).read_bytes())
    (tmp_path / FILE).write_bytes(gzip.compress(lines.replace(b"IQ== 0", b"IQ== 9", 1)))
    with pytest.raises(Misconfigured, match=r"not the one that tiktoken expects"):
        TiktokenCounter(tmp_path).count("hello")


def test_a_counter_that_failed_works_once_the_file_is_back(folder, tmp_path):
    (tmp_path / FILE).write_bytes(b"")
    counter = TiktokenCounter(tmp_path)
    with pytest.raises(Misconfigured):
        counter.count("hello")
    shutil.copyfile(folder / FILE, tmp_path / FILE)
    assert counter.count("hello") == 1
