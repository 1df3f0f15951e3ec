"""The predecessor's files as its repository has them, in a folder."""

from pathlib import Path

from bentos.migration.planning import Plan, decide
from bentos.migration.servers import Server, identify
from bentos.migration.sources import Deployment, Found, Value, find, read

KEY = "a-key-of-some-length"
ENV = f"""\
# of the old system
API_KEY={KEY}
export MODEL_NAME="facebook/nllb-200-distilled-600M"
REDIS_URL=redis://:old-secret@redis:6379
"""
COMPOSE = """\
services:
  nllb-server:
    build: {context: ., dockerfile: server/Dockerfile}
    image: nllb-translation-server
    command: uvicorn app.main:app --host 0.0.0.0
    ports: ["8001:8000"]
    environment:
      - API_KEY=${API_KEY:-1234567}
      - MODEL_NAME=${MODEL_NAME:-facebook/nllb-200-distilled-600M}
      - REDIS_URL
      - CACHE_DIR
  aya-server:
    profiles: [aya]
    image: aya-translation-server
    ports: [{published: 8002, target: 8000}]
    environment:
      API_KEY: ${API_KEY:-1234567}
      N_GPU_LAYERS: 20
      USE_GGUF: true
      GGUF_FILENAME: aya-expanse-8b-Q4_K_M.gguf
  redis:
    image: redis:7-alpine
    command: redis-server --appendonly yes
"""
UNIT = """\
[Unit]
Description=NLLB
After=network.target

[Service]
User=nllb-service
WorkingDirectory=/opt/tg-text-translate/server
Environment="API_KEY=a-key-of-some-length" PORT=8000
; a comment
Environment=HOST=0.0.0.0
ExecStart=/opt/venv/bin/python \\
    server.py
Restart=on-failure
"""


def folder(place: Path, *, env: str = ENV, compose: str = COMPOSE, unit: str = UNIT) -> Path:
    """A folder with those that are not empty."""
    for name, text in {
        ".env": env,
        "docker-compose.yml": compose,
        "nllb-translator.service": unit,
    }.items():
        if text:
            (place / name).write_text(text)
    return place


def found(place: Path, **texts: str) -> Found:
    return read(find(folder(place, **{"env": "", "compose": "", "unit": "", **texts})))


def server(text: str = "", **values: str) -> Server:
    return identify(
        Deployment("old", text, {name: Value(value, ".env") for name, value in values.items()})
    )


def planned(*servers: Server) -> Plan:
    return decide(Found([each.deployment for each in servers]))
