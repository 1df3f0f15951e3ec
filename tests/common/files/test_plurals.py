"""How many forms a language has, and which of them is the singular: gettext's own reading."""

import gettext

import pytest

from common.files.plurals import form_of_one, forms_of, rule_of
from common.languages import LANGUAGES


@pytest.mark.parametrize("tag", sorted({one.bcp47 for one in LANGUAGES.values()}))
def test_every_rule_is_one_that_gettext_reads(tag: str) -> None:
    rule = rule_of(tag)
    plural = gettext.c2py(rule.partition("plural=")[2].rstrip(";"))
    forms = {plural(n) for n in range(1000)}
    assert forms == set(range(forms_of(rule)))
    if forms_of(rule) > 1:
        assert plural(1) == form_of_one(rule)


def test_tags_are_found_however_they_are_written() -> None:
    assert forms_of(rule_of("ru-RU")) == 3
    assert forms_of(rule_of("zh-Hans")) == 1
    assert rule_of("pt-BR") != rule_of("pt")
    assert rule_of("tlh") == rule_of("en")


@pytest.mark.parametrize("rule", ["", "nplurals=INTEGER; plural=EXPRESSION;", "nplurals=0;"])
def test_a_rule_that_says_nothing_is_as_in_english(rule: str) -> None:
    assert forms_of(rule) == 2
