"""How many plural forms a language has in gettext, and its rule for which is used when."""

from typing import Final

from common.languages import find

_ONE: Final = "nplurals=1; plural=0;"
_TWO: Final = "nplurals=2; plural=(n != 1);"
_ABOVE_ONE: Final = "nplurals=2; plural=(n > 1);"
_SLAVIC: Final = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
    "n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
)

_OTHERS: Final[dict[str, str]] = {
    **dict.fromkeys(
        [
            "zh",
            "yue",
            "ja",
            "ko",
            "th",
            "vi",
            "id",
            "ms",
            "my",
            "lo",
            "km",
            "jv",
            "su",
            "bo",
            "ace",
            "min",
        ],
        _ONE,
    ),
    **dict.fromkeys(
        [
            "fr",
            "pt-BR",
            "oc",
            "tr",
            "fa",
            "hy",
            "am",
            "fil",
            "tl",
            "ln",
            "mg",
            "mi",
            "ti",
            "wa",
            "uz",
        ],
        _ABOVE_ONE,
    ),
    **dict.fromkeys(["ru", "uk", "be", "sr", "hr", "bs"], _SLAVIC),
    **dict.fromkeys(["cs", "sk"], "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);"),
    "pl": ("nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"),
    "lt": (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
        "n%10>=2 && (n%100<10 || n%100>=20) ? 1 : 2);"
    ),
    "lv": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);",
    "sl": ("nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3);"),
    "ro": "nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100 > 0 && n%100 < 20)) ? 1 : 2);",
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
        "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
    ),
    "cy": "nplurals=4; plural=(n==1 ? 0 : n==2 ? 1 : (n != 8 && n != 11) ? 2 : 3);",
    "ga": "nplurals=5; plural=(n==1 ? 0 : n==2 ? 1 : n<7 ? 2 : n<11 ? 3 : 4);",
    "gd": ("nplurals=4; plural=(n==1 || n==11 ? 0 : n==2 || n==12 ? 1 : n>2 && n<20 ? 2 : 3);"),
    "mt": (
        "nplurals=4; plural=(n==1 ? 0 : n==0 || (n%100>1 && n%100<11) ? 1 : "
        "n%100>10 && n%100<20 ? 2 : 3);"
    ),
    "is": "nplurals=2; plural=(n%10!=1 || n%100==11);",
    "mk": "nplurals=2; plural=(n%10==1 && n%100!=11 ? 0 : 1);",
}


def rule_of(tag: str) -> str:
    """What `Plural-Forms` says in a language, by its BCP-47 tag; as in English where unknown."""
    language = find(tag)
    known = language.bcp47 if language is not None else tag
    return _OTHERS.get(tag) or _OTHERS.get(known.partition("-")[0], _TWO)


def forms_of(rule: str) -> int:
    """How many forms a rule knows."""
    digits = rule.partition("nplurals=")[2][:1]
    return int(digits) if digits.isdecimal() and digits != "0" else 2


def form_of_one(rule: str) -> int:
    """Which form is the singular."""
    return 1 if "n==0 ? 0 : n==1 ? 1" in rule else 0
