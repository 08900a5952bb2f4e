import re
import subprocess
import sys
import sysconfig
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncourse.data import harbour, installed
from rnncourse.data.text import NAMES, Corpus, Vocabulary, load, repeated, split

STORY = "".join(f"{k}. Der Fährmann kam spät über die Brücke – „früh“, sagte er.\n"
                for k in range(20))
PLAIN = STORY.replace("–", "-").replace("„", '"').replace("“", '"')


# The corpora

def test_harbour_comes_with_its_entropy_rate():
    corpus = load("harbour", size=5000, seed=2)
    assert corpus.entropy_rate == harbour.entropy_rate()
    assert corpus.name == "harbour" and "seed 2" in corpus.source
    assert harbour.generate(5000, 2).startswith(corpus.text)
    assert load("harbour").text.startswith(load("harbour", size=5000, seed=0).text[:4900])
    assert len(load("harbour").text) > 0.99 * harbour.SIZE


def test_python_docs_are_half_a_megabyte_of_this_pythons_own_reference():
    corpus = load("python-docs")
    assert 400_000 < len(corpus.text) < 700_000
    assert corpus.entropy_rate is None
    assert "assert" in corpus.text and corpus.text == installed.python_docs()
    assert 80 < len(Vocabulary.of(corpus.text)) < 150


def test_stdlib_is_whole_files_in_order_without_tests():
    corpus = load("stdlib", size=300_000)
    assert 150_000 < len(corpus.text) <= 300_000
    root = Path(sysconfig.get_paths()["stdlib"])
    parts = re.split(r"(?m)^# (\S+\.py)\n", corpus.text)
    names = parts[1::2]
    assert all((root / name).is_file() for name in names)
    assert names == sorted(names) and len(names) > 5
    assert not any("test" in Path(name).parts or "site-packages" in name for name in names)
    for source in parts[2::2]:
        compile(source, "a module", "exec")
    assert load("stdlib", size=300_000) == corpus


def test_a_small_stdlib_is_the_head_of_its_first_file():
    assert 0 < len(load("stdlib", size=50).text) <= 50


PYENV = sorted(Path("/root/.pyenv/versions").glob("3.1[1-9]*/bin/python"))


@pytest.mark.skipif(not PYENV, reason="no other Python is installed here")
@pytest.mark.parametrize("python", PYENV, ids=lambda p: p.parts[-3])
def test_other_pythons_have_their_docs_and_source_too(python):
    code = ("from rnncourse.data import installed as i; d = i.python_docs(); s = i.stdlib(200000); "
            "assert 4e5 < len(d) < 8e5 and 1e5 < len(s) <= 2e5, (len(d), len(s))")
    subprocess.run([python, "-c", code], check=True, cwd=Path(__file__).parent.parent)


@pytest.mark.parametrize("name", ["harbour", "python-docs"])
@pytest.mark.parametrize("size", [1, 137, 2000])
def test_size_is_an_upper_limit_and_text_ends_with_a_line(name, size):
    text = load(name, size=size).text
    assert 0 < len(text) <= size
    assert text.endswith("\n") or size < 200


@pytest.mark.parametrize("size", [0, -5, 2.5, "many", True])
def test_a_senseless_size_is_refused(size):
    with pytest.raises(ValueError, match="load: size is"):
        load("harbour", size=size)


# Vocabulary

@given(st.text(min_size=1))
def test_encode_and_decode_undo_each_other(text):
    vocab = Vocabulary.of(text)
    ids = vocab.encode(text)
    assert ids.dtype == np.int64 and ids.shape == (len(text),)
    assert ids.min() >= 0 and ids.max() == len(vocab) - 1
    assert vocab.decode(ids) == text
    assert list(vocab.chars) == sorted(set(text))


def test_numbers_follow_the_order_of_chars_whatever_it_is():
    vocab = Vocabulary("zäa🜂\n")
    assert vocab.encode("a🜂z\n").tolist() == [2, 3, 0, 4]
    assert vocab.decode([1, 4, 0]) == "ä\nz"
    assert vocab.encode("").tolist() == [] and vocab.decode([]) == ""


def test_every_foreign_character_is_named():
    with pytest.raises(ValueError) as error:
        Vocabulary.of("abc ").encode("cab é\tb\té")
    for name in ("'é' (U+00E9)", "'\\t' (U+0009)"):
        assert name in str(error.value)
    assert "'b'" not in str(error.value)


def test_unknown_takes_the_place_of_foreign_characters():
    vocab = Vocabulary.of("abc", unknown="?")
    assert vocab.decode(vocab.encode("aéb\nc")) == "a?b?c"
    assert len(vocab) == 4 and vocab.unknown == "?"


def test_the_whole_corpus_covers_a_held_out_part_that_the_training_part_does_not():
    text = load("python-docs").text
    train, test = split(text, (0.9, 0.1))
    Vocabulary.of(text).encode(test)
    if set(test) - set(train):
        with pytest.raises(ValueError, match="not in the vocabulary"):
            Vocabulary.of(train).encode(test)
    assert "\ufffd" in Vocabulary.of(train, unknown="\ufffd").chars


def test_equal_vocabularies_are_equal():
    assert Vocabulary.of("abba") == Vocabulary("ab") != Vocabulary("ba")
    assert hash(Vocabulary("ab")) == hash(Vocabulary("ab"))
    assert "a" in Vocabulary("ab") and "c" not in Vocabulary("ab") and "ab" not in Vocabulary("ab")
    assert eval(repr(Vocabulary("a\n"))) == Vocabulary("a\n")
    assert eval(repr(Vocabulary("a?", "?"))) == Vocabulary("a?", "?")


@pytest.mark.parametrize("call, word", [
    (lambda: Vocabulary(""), "chars is ''"), (lambda: Vocabulary("aba"), "more than once"),
    (lambda: Vocabulary.of(""), "empty"), (lambda: Vocabulary("ab", "c"), "unknown is 'c'"),
    (lambda: Vocabulary("ab").decode([2]), "0 to 1"),
    (lambda: Vocabulary("ab").decode([-1]), "0 to 1"),
    (lambda: Vocabulary("ab").decode([0.5]), "integers"),
    (lambda: Vocabulary("ab").encode(b"a"), "bytes"),
])
def test_bad_vocabularies_and_ids(call, word):
    with pytest.raises(ValueError, match=word):
        call()


# Splits

@given(st.lists(st.text("ab \n", min_size=30, max_size=60), min_size=8, max_size=30),
       st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.5), (0.25, 0.25, 0.25, 0.25), (0.9, 0.1)]))
def test_parts_are_the_text_again_cut_at_line_ends(lines, fractions):
    text = "\n".join(lines)
    try:
        parts = split(text, fractions)
    except ValueError as problem:
        assert "use a longer text" in str(problem)
        return
    assert len(parts) == len(fractions) and "".join(parts) == text
    assert all(part.endswith("\n") for part in parts[:-1])


def test_parts_have_their_sizes():
    text = load("harbour", size=100_000).text
    sizes = np.array([len(part) for part in split(text)]) / len(text)
    np.testing.assert_allclose(sizes, (0.8, 0.1, 0.1), atol=0.001)


def test_nothing_of_harbour_is_in_two_parts():
    train, valid, test = split(load("harbour", size=200_000).text)
    assert repeated(train, test, 200) == repeated(train, valid, 200) == 0
    assert repeated(load("harbour", 50_000, 1).text, load("harbour", 50_000, 2).text, 200) == 0


def test_repeated_measures_what_was_copied():
    rng = np.random.default_rng(0)
    first, second = ("".join(rng.choice(list("abcdefgh "), 3000)) for _ in range(2))
    assert repeated(first, second, 30) == 0
    assert repeated(first, second[:1500] + first[200:700], 30) == pytest.approx(500 / 2000, abs=.01)
    assert repeated(first, first, 30) == 1
    with pytest.raises(ValueError, match="length is 10"):
        repeated("abc", "abc", 10)


@pytest.mark.parametrize("text, fractions, word", [
    ("", (0.5, 0.5), "longer text"), ("a line\n" * 5, (0.8, 0.1, 0.1), "longer text"),
    ("x" * 5000, (0.5, 0.5), "5000 characters and 1 lines"),
    ("x" * 5000 + "\nend\n", (0.5, 0.5), "shorter lines"),
    ("a line\n" * 500, (0.8, 0.3), "sum 1"), ("a line\n" * 500, (1.0,), "two or more"),
    ("a line\n" * 500, (1.2, -0.2), "positive"), (b"bytes", (0.5, 0.5), "bytes"),
])
def test_a_text_that_cannot_be_split_says_why(text, fractions, word):
    with pytest.raises(ValueError, match=word):
        split(text, fractions)


# The reader's own file

def write(folder, data, name="story.txt"):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_and_utf8_are_read_in_silence(tmp_path, encoding):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = load(write(tmp_path, STORY.encode(encoding)))
    assert corpus.text == STORY
    assert encoding in corpus.source and corpus.entropy_rate is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_recognised(tmp_path, encoding):
    assert load(write(tmp_path, STORY.encode(encoding))).text == STORY


@pytest.mark.parametrize("text, encoding, said", [
    (STORY, "cp1252", "cp1252"), (PLAIN + "\x81", "latin-1", "latin-1")])
def test_old_western_encodings_are_read_and_said_out_loud(tmp_path, text, encoding, said):
    with pytest.warns(UserWarning, match=f"not UTF-8 .* read as {said}"):
        assert load(write(tmp_path, text.encode(encoding))).text == text


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_become_one_kind(tmp_path, end):
    assert load(write(tmp_path, STORY.replace("\n", end).encode())).text == STORY


def test_a_file_called_like_a_corpus_can_be_read(tmp_path, monkeypatch):
    write(tmp_path, STORY.encode(), "harbour")
    monkeypatch.chdir(tmp_path)
    assert load("harbour", size=500).name == "harbour" and load("harbour", size=500).text != STORY
    assert load("./harbour").text == load(Path("harbour")).text == STORY


def test_size_cuts_the_readers_file_too(tmp_path):
    text = load(str(write(tmp_path, STORY.encode())), size=300).text
    assert STORY.startswith(text) and 200 < len(text) <= 300 and text.endswith("\n")


@pytest.mark.parametrize("data, word", [
    (b"", "is empty"), (b"too short\n", "holds 9 characters, expected at least 200"),
    (b" \n" * 500, "holds 0 characters"), (bytes(range(256)) * 50, "not a text file"),
    (b"\x89PNG\r\n\x1a\n" + bytes(3000), "not a text file"),
    (np.random.default_rng(0).integers(1, 256, 5000, dtype=np.uint8).tobytes(), "not a text file"),
    (STORY.encode("utf-16") + b"\x00", "begins like utf-16 and breaks off"),
])
def test_files_that_are_no_text_are_refused(tmp_path, data, word):
    with pytest.raises(ValueError, match=word) as error:
        load(write(tmp_path, data))
    assert "story.txt" in str(error.value)


def test_a_folder_is_refused_and_its_files_are_named(tmp_path):
    write(tmp_path, b"x", "tale.txt")
    with pytest.raises(IsADirectoryError, match="is a folder.*tale.txt"):
        load(tmp_path)


@pytest.mark.parametrize("asked, meant", [
    ("stroy.txt", "story.txt"), ("Story.TXT", "story.txt"), ("harbor", "load\\('harbour'\\)"),
    ("python_docs", "load\\('python-docs'\\)")])
def test_a_missing_file_names_the_nearest(tmp_path, monkeypatch, asked, meant):
    write(tmp_path, STORY.encode())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f"did you mean .*{meant}"):
        load(asked)


def test_a_missing_file_in_a_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="folder .* does not exist either"):
        load(tmp_path / "nowhere" / "qqqqqq")
    with pytest.raises(FileNotFoundError, match="no files"):
        load(tmp_path / "qqqqqq")


def test_loading_text_loads_neither_torch_nor_pooch():
    code = ("import sys; from rnncourse.data import text; text.load('harbour', size=1000); "
            "assert not {'torch', 'pooch', 'matplotlib'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


def test_names_are_the_corpora():
    assert set(NAMES) == {"harbour", "python-docs", "stdlib", "shakespeare"}
    assert Corpus._fields == ("name", "text", "source", "entropy_rate")
