"""Catalogue files as operators write them."""

from pathlib import Path

ENTRY = """\
[[models]]
id = "{id}"
family = "chat"
name = "Small"
engine = "llamacpp"
repository = "someone/small"
languages = ["en"]
license = "MIT"
commercial_use = true
quantizations = ["Q8_0"]
default_quantization = "Q8_0"
purpose = "speed"
description = "Small."
{more}
[models.architecture]
name = "llama"
kind = "decoder"
parameters = 1_000
layers = 4
heads = 8
dimension = 64
inner_dimension = 128
vocabulary = 100
context = 32
"""


def entry(name: str = "small", more: str = "") -> str:
    return ENTRY.format(id=name, more=more)


def file_of(folder: Path, *entries: str) -> Path:
    file = folder / "models.toml"
    file.write_text("\n".join(entries), encoding="utf-8")
    return file
