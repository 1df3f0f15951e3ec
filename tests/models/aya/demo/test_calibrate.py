import shutil
from itertools import islice
from pathlib import Path

import pytest

from models.aya import AyaModel
from models.aya.demo import calibrate
from models.aya.settings import AyaSettings
from models.aya.weights import DEMO, read
from models.base.demo.calibration import GOOD, check, samples_of, uncalibrated
from models.base.demo.corpus import read_valid
from models.base.manifest import MANIFEST, Manifest
from tests.models.aya.demo.runs import CORPUS

SENTENCES = 40


def test_a_table_is_written_beside_the_weights_and_checked_on_other_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, corpus = tmp_path / "weights", tmp_path / "corpus"
    shutil.copytree(DEMO, folder)
    corpus.mkdir()
    with (CORPUS / "valid.multiref.jsonl").open() as lines:
        (corpus / "valid.multiref.jsonl").write_text("".join(islice(lines, SENTENCES)))
    shipped = (folder / MANIFEST).read_bytes()
    calibrate.main([str(folder), "--corpus", str(corpus), "--threads", "1"])
    found = dict(line.split() for line in capsys.readouterr().out.splitlines())
    # Half of the sentences in twelve directions, but for those that are two.
    assert 200 < float(found["samples"]) <= 240
    assert float(found["error"]) < 0.15
    assert float(found["auc"]) > 0.65
    made, known = read(folder), read(DEMO)
    assert made.calibration != known.calibration
    assert made.calibration is not None
    assert len(made.calibration.knots) > 2
    same = made.model_copy(update={"path": known.path, "calibration": known.calibration})
    assert same == known
    assert (folder / MANIFEST).read_bytes() != shipped


async def test_the_shipped_table_says_what_the_shipped_demos_scores_are_worth() -> None:
    table, rows = read(DEMO).calibration, read_valid(CORPUS / "valid.multiref.jsonl")
    assert table is not None
    assert table.good == GOOD
    with uncalibrated(DEMO, Manifest) as folder:
        model = AyaModel(AyaSettings(model_path=folder, threads=1))
        found = check(table, [sample for _, sample in await samples_of(model, rows)])
    assert found.samples > 550
    assert found.error < 0.08
    assert found.auc > 0.75
