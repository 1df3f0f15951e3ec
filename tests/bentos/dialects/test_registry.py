from bentos.dialects.registry import DIALECTS, dialect_at


def test_no_two_dialects_have_a_path_in_common() -> None:
    for dialect in DIALECTS:
        for base in dialect.bases:
            for start in dialect.starts:
                owners = [one for one in DIALECTS if one.base_of(f"{base}{start}/x") is not None]
                assert owners == [dialect]


def test_our_own_paths_are_nobody_elses() -> None:
    for path in ("/", "/translate", "/api/v1/translate", "/health", "/v", "/translate_batch"):
        assert dialect_at(path) is None
