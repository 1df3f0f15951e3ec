import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.glossaries import entries
from common.glossaries.entries import EntriesError, Form, Pair, check, parse, write

FORMS: list[Form] = ["tsv", "csv"]
TERM = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool)
)


@settings(deadline=None)
@given(st.dictionaries(TERM, TERM, min_size=1, max_size=8), st.sampled_from(FORMS))
def test_what_was_written_is_read_again(given_entries: dict[str, str], form: Form) -> None:
    # A mark at the very beginning is a file's byte order mark, whatever follows.
    marked = next(iter(given_entries)).startswith("\ufeff")
    assert marked or parse(write(given_entries, form), form) == given_entries


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("dog\tHund\ntrain station\tBahnhof\n", "tsv"),
        ("\ufeffdog\tHund\r\n\r\n train station \t Bahnhof", "tsv"),
        ("dog,Hund\ntrain station,Bahnhof", "csv"),
        ('"dog","Hund",EN,DE\r\n"train station",Bahnhof,EN,DE\r\n,\r\n', "csv"),
    ],
)
def test_files_as_people_have_them_are_read(text: str, form: Form) -> None:
    assert parse(text, form) == {"dog": "Hund", "train station": "Bahnhof"}


def test_csv_may_hold_commas_and_quotation_marks() -> None:
    assert parse('"a, b","c ""d"""\n', "csv") == {"a, b": 'c "d"'}


@pytest.mark.parametrize(
    ("text", "form", "line", "problem"),
    [
        ("", "tsv", None, "no entries"),
        ("\n \n", "csv", None, "no entries"),
        ("dog\tHund\ncat\n", "tsv", 2, "two terms"),
        ("dog\tHund\tchien", "tsv", 1, "two terms"),
        ("dog,Hund\ncat", "csv", 2, "two terms"),
        ("dog,Hund,EN", "csv", 1, "two terms"),
        ('dog,Hund\n"cat"s,Katze', "csv", 2, "well-formed"),
        ('dog,Hund\n"cat,Katze', "csv", 2, "well-formed"),
        ("dog\tHund\n\n\t Katze", "tsv", 3, "blank"),
        ("dog\tHund\ndog\tKöter", "tsv", 2, "before"),
        ("dog\tHu\x07nd", "tsv", 1, "control"),
        ('dog,"Hu\nnd"', "csv", 1, "control"),
        ('cat,Katze\n"d\n\nog",Hund\nbad', "csv", 2, "control"),
        ("dog\tHu\u2028nd", "tsv", 1, "control"),
        ("dog\tHu\x85nd", "tsv", 1, "control"),
        ("dog\rcat\tHund", "tsv", 1, "control"),
        ("dog\t\ud800", "tsv", 1, "UTF-8"),
        ("dog\t" + "ü" * 513, "tsv", 1, "bytes"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    text: str, form: Form, line: int | None, problem: str
) -> None:
    with pytest.raises(EntriesError, match=problem) as told:
        parse(text, form)
    assert told.value.line == line
    assert str(told.value).startswith(f"Line {line}: " if line else "There are")


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_ENTRIES", 2)
    monkeypatch.setattr(entries, "MAX_CHARS", 14)
    assert len(parse("a\tb\nc\td\n", "tsv")) == 2
    with pytest.raises(EntriesError, match="more than 2 entries"):
        parse("a\tb\nc\td\ne\tf", "tsv")
    with pytest.raises(EntriesError, match="more than 14 characters"):
        parse("a" * 15, "tsv")


def test_entries_from_elsewhere_are_held_to_the_same_rules() -> None:
    assert check({" dog ": "Hund"}) == {"dog": "Hund"}
    with pytest.raises(EntriesError) as told:
        check({"dog": "Hund", "dog ": "Köter"})
    assert told.value.line == 2


@pytest.mark.parametrize(
    ("source", "target", "pair"),
    [
        ("EN", "de", "en-de"),
        ("en-GB", "pt_BR", "en-pt"),
        ("eng_Latn", "zho_Hant", "en-zh"),
        ("zh-Hans", "ceb_Latn", "zh-ceb"),
        ("en-GB", "en-US", "None"),
        ("en", "tlh", "None"),
    ],
)
def test_pair_is_of_languages_not_of_regions(source: str, target: str, pair: str) -> None:
    assert str(Pair.of(source, target)) == pair
