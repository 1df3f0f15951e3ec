"""What deploy/monitoring holds, read; and the programs of Prometheus, where they are installed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
RULES = sorted((MONITORING / "rules").glob("*.yml"))
ALERTMANAGER = "prometheus-alertmanager"

_MISSING = [name for name in ("prometheus", "promtool", ALERTMANAGER) if not shutil.which(name)]
installed = pytest.mark.skipif(
    bool(_MISSING),
    reason=f"{', '.join(_MISSING)} missing: apt-get install prometheus prometheus-alertmanager",
)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for file in RULES for group in read(file)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def dashboard_queries() -> list[str]:
    """Every query of the dashboard, for all models and over half a minute."""
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    return [
        query.replace("$model", ".*").replace("$__rate_interval", "30s")
        for query in dict.fromkeys(queries)
    ]
