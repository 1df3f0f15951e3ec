"""Tables: cells of text change, and everything around them stays."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files.document import FileOptions, FileRefusedError, FileTooLargeError, Limits
from common.files.registry import format_of, read
from common.files.tables import delimiter_of
from tests.common.files.rendering import texts_of, translated

GOODS = (
    "id,sku,Name,Description,price\r\n"
    '1,ab_1,Chair,"A chair, ""small""",9.50\r\n'
    "2,ab_2,Table,Four legs.,19.00\r\n"
    "\r\n"
    "3,ab_3,,No name,\r\n"
)


def test_cells_of_text_change_and_nothing_else() -> None:
    assert translated(GOODS, "a.csv") == (
        "id,sku,Name,Description,price\r\n"
        '1,ab_1,CHAIR,"A CHAIR, ""SMALL""",9.50\r\n'
        "2,ab_2,TABLE,FOUR LEGS.,19.00\r\n"
        "\r\n"
        "3,ab_3,,NO NAME,\r\n"
    )


@pytest.mark.parametrize(
    ("columns", "header", "found"),
    [
        (["Name"], None, ["Chair", "Table"]),
        (["3"], True, ["Chair", "Table"]),
        (["3"], False, ["Name", "Chair", "Table"]),
        (["sku"], None, ["ab_1", "ab_2", "ab_3"]),
        (["9"], None, []),
    ],
)
def test_columns_say_which(columns: list[str], header: bool | None, found: list[str]) -> None:
    options = FileOptions(columns=tuple(columns), header=header)
    assert texts_of(GOODS, "a.csv", options) == found


@pytest.mark.parametrize("column", ["Colour", "0", "²", ""])
def test_a_column_that_is_not_there_is_said(column: str) -> None:
    with pytest.raises(FileRefusedError, match="no column"):
        texts_of(GOODS, "a.csv", FileOptions(columns=(column,)))


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        ("one thing,two things\nthree,four\n", ["one thing", "two things", "three", "four"]),
        ("key,text\na_1,One.\na_2,Two.\n", ["One.", "Two."]),
        ("Hello\nworld\n", ["Hello", "world"]),
        ("same,same\nOne two.,a_1\n", ["same", "same", "One two."]),
        ("", []),
        ("a,\n", ["a"]),
    ],
)
def test_a_header_is_guessed_where_what_is_below_is_of_another_kind(
    data: str, texts: list[str]
) -> None:
    assert texts_of(data, "a.csv") == texts


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        ("a,b\nc,d\n", ","),
        ("a;b,c\nd;e\n", ";"),
        ("a\tb c, d\ne\tf\n", "\t"),
        ("a|b\nc|d", "|"),
        ("a\nb", ","),
        ("", ","),
        ('"a;b",c\n"d;e;f",g\n', ","),
    ],
)
def test_the_delimiter_is_found_out(data: str, delimiter: str) -> None:
    assert delimiter_of(data) == delimiter


def test_quotes_are_added_where_a_translation_needs_them() -> None:
    done = translated("one two,x y\n", "a.csv", lambda text: f'{text}, "now"\n')
    assert done == '"one two, ""now""\n","x y, ""now""\n"\n'


def test_tabs_part_cells_too() -> None:
    assert translated("a b\tc, d\r", "a.tsv") == "A B\tC, D\r"


def test_a_quote_that_does_not_end_is_a_letter() -> None:
    assert texts_of('"a b,c d\ne f,g h', "a.csv") == ['"a b', "c d", "e f", "g h"]


def test_a_table_of_too_many_cells_is_refused() -> None:
    with pytest.raises(FileRefusedError, match="more than 100 cells"):
        read(b"1,2\n" * 51, format_of("a.csv"), Limits(max_texts=10))
    with pytest.raises(FileTooLargeError):
        read(b"a b,c d\n" * 6, format_of("a.csv"), Limits(max_texts=10))


@settings(deadline=None)
@given(st.lists(st.lists(st.text('ab ,";\n\r\t'), min_size=2, max_size=2), max_size=5))
def test_what_csv_writes_is_read_and_written_as_csv_does(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    options = FileOptions(columns=("1", "2"), header=False)
    data = written.getvalue()
    if delimiter_of(data) == ",":
        done = translated(data, "a.csv", options=options)
        read_again = [row for row in csv.reader(io.StringIO(done, newline="")) if row]
        assert read_again == [[cell.upper() for cell in row] for row in rows]


@settings(deadline=None)
@given(st.text('ab ,";\n\r\t'))
def test_whatever_it_is_it_comes_back(data: str) -> None:
    translated(data, "a.csv", lambda text: text)
