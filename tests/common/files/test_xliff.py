"""XLIFF of both versions: open units get a target, tags and codes stay."""

import pytest

from common.files.document import FileDamagedError, FileOptions, FileRefusedError
from tests.common.files.rendering import read, texts_of, translated

ONE = """\
<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file source-language="en" datatype="plaintext" original="a.c">
    <body>
      <trans-unit id="1">
        <source>Hello &amp; <g id="1">welcome</g><x id="2"/></source>
        <note>stays</note>
      </trans-unit>
      <trans-unit id="2">
        <source>Open</source>
        <target state="new"/>
        <alt-trans><source>Opened</source><target>Ouvert</target></alt-trans>
      </trans-unit>
      <trans-unit id="3"><source>Done</source><target>Fait</target></trans-unit>
      <trans-unit id="4" translate="no"><source>Keep</source></trans-unit>
      <group translate='no'><trans-unit id="5"><source>Keep</source></trans-unit></group>
      <trans-unit id="6"><source>A<ph>&lt;br/&gt;</ph>b</source><target></target></trans-unit>
      <trans-unit id="7"><source>Both</source><seg-source>Both</seg-source></trans-unit>
      <trans-unit id="8"><source/></trans-unit>
    </body>
  </file>
</xliff>
"""
TWO = """\
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="de">
 <file id="f"><unit id="1"><notes><note>n</note></notes>
  <segment id="s"><source>One. <pc id="1">Two.</pc></source></segment>
  <ignorable><source> </source></ignorable>
  <!-- <segment><source>not this</source></segment> -->
 </unit></file>
</xliff>
"""
FRENCH = FileOptions(target_lang="fr")


def test_units_without_a_target_get_one() -> None:
    assert texts_of(ONE, "a.xlf")[1:2] == ["Open"]
    done = translated(ONE, "a.xlf", options=FRENCH)
    assert (
        '<source>Hello &amp; <g id="1">welcome</g><x id="2"/></source>\n'
        '        <target>HELLO &amp; <g id="1">WELCOME</g><x id="2"/></target>\n'
        "        <note>stays</note>"
    ) in done
    assert '<target state="new">OPEN</target>' in done
    assert "<ph>&lt;br/&gt;</ph>" in done.partition('id="6"')[2].partition("</source>")[2]
    assert "<seg-source>Both</seg-source><target>BOTH</target>" in done
    assert "<source>Opened</source><target>Ouvert</target>" in done
    assert "<target>Fait</target>" in done
    assert done.count("KEEP") == 0


def test_the_file_says_the_language_of_its_targets() -> None:
    assert 'original="a.c" target-language="fr">' in translated(ONE, "a.xlf", options=FRENCH)
    assert 'srcLang="en" trgLang="fr">' in translated(TWO, "a.xlf", options=FRENCH)
    assert 'trgLang="de"' in translated(TWO, "a.xlf")


def test_segments_of_version_two_are_units() -> None:
    done = translated(TWO, "a.xliff")
    assert (
        '<source>One. <pc id="1">Two.</pc></source><target>ONE. <pc id="1">TWO.</pc></target>'
        in done
    )
    assert "<ignorable><source> </source></ignorable>" in done
    assert "NOT THIS" not in done


def test_what_has_a_target_is_translated_anew_where_asked() -> None:
    done = translated(ONE, "a.xlf", options=FileOptions(again=True))
    assert "<source>Done</source><target>DONE</target>" in done


def test_names_may_have_a_prefix() -> None:
    data = '<x:xliff xmlns:x="u"><x:trans-unit><x:source>One</x:source></x:trans-unit></x:xliff>'
    assert "</x:source><x:target>ONE</x:target>" in translated(data, "a.xlf")


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        ("<xliff>", FileDamagedError, "not well-formed"),
        ("", FileDamagedError, "not well-formed"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', FileRefusedError, "document type"),
        ("<a>" * 300 + "</a>" * 300, FileRefusedError, "deeper than 200"),
    ],
)
def test_what_could_do_harm_is_refused(data: str, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        texts_of(data, "a.xlf")


def test_as_many_translations_as_texts() -> None:
    with pytest.raises(ValueError, match="each text"):
        read(TWO, "a.xlf").render([])
