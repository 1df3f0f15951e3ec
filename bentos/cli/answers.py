"""What the command line shows of plans and other answers, in 80 columns; of models see `pages`."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from bentos.cli.formats import printable, size
from bentos.cli.output import facts, title
from bentos.management.shapes import (
    ImportReport,
    Plan,
    Recommendations,
    SyncReport,
    Verdict,
)

_KINDS = {"ram": "main memory", "vram": "GPU memory", "given": "the size given"}
_STYLES = {
    Verdict.FITS: "bold green",
    Verdict.FITS_SMALLER: "bold yellow",
    Verdict.DOES_NOT_FIT: "bold red",
}
_VERDICTS = {
    Verdict.FITS: "Fits",
    Verdict.FITS_SMALLER: "Fits only in another quantization",
    Verdict.DOES_NOT_FIT: "Doesn't fit",
}


def planned(plan: Plan) -> RenderableType:
    """What pulling and serving takes; whether it fits is the last line."""
    needs, speed = plan.memory, plan.tokens_per_second
    measured = f"; {size(needs.measured_bytes)} measured" if needs.measured_bytes else ""
    pairs: dict[str, RenderableType] = {
        "Download": size(plan.download_bytes) if plan.download_bytes else "unknown",
        "Disk": f"{size(plan.disk_bytes) if plan.disk_bytes else 'unknown'} needed, "
        f"{size(plan.disk_free_bytes)} free",
        "Memory": f"{size(needs.total_bytes)} once loaded: weights {size(needs.weights_bytes)}, "
        f"cache {size(needs.cache_bytes)}, other {size(needs.overhead_bytes)}{measured}",
        "Available": f"{size(plan.memory_available_bytes)} ({_KINDS[plan.memory_of]})",
        "Processor": plan.instruction_set,
        "Speed": f"about {speed:.3g} tokens/s for one caller" if speed else "not measured",
        "Licence": f"{plan.license}, "
        + ("commercial use allowed" if plan.commercial_use else "no commercial use"),
    }
    warnings = [Text(f"warning: {each}", style="yellow") for each in plan.warnings]
    verdict = Text(f"{_VERDICTS[plan.verdict]}: {plan.reason}", style=_STYLES[plan.verdict])
    return Group(title(f"{plan.id} {plan.quantization}"), facts(pairs), *warnings, verdict)


def recommended(found: Recommendations) -> RenderableType:
    """The models that fit, the best first, with the reasons."""
    memory = f"{size(found.memory_available_bytes)} ({_KINDS[found.memory_of]})"
    if not found.recommendations:
        return Text(f"No model fits {memory}.")
    parts: list[RenderableType] = []
    for place, each in enumerate(found.recommendations, start=1):
        line = Text(f"{place:2}. ")
        line.append(f"{each.id} {each.quantization}", style="bold")
        line.append(f"  {size(each.memory_bytes)}, score {each.score:.2f}")
        reasons = Text("; ".join(each.reasons), style="dim")
        parts += [line, Padding(reasons, (0, 0, 0, 4))]
    return Group(*parts, Text(f"Memory to fit: {memory}.", style="dim"))


def synced(report: SyncReport) -> RenderableType:
    """The catalogue beside the store and an Ollama server."""
    missing = report.missing
    parts: list[RenderableType] = [
        *_names("Installed", report.installed),
        *_names("In the store, but in no catalogue", report.unknown),
        *_names("Chosen, but not in the store any more", missing),
    ]
    if report.ollama is not None:
        parts += _names("On the Ollama server", [printable(each) for each in report.ollama])
    elif report.ollama_error is None:
        parts.append(Text("No Ollama server is set (OLLAMA_HOST).", style="dim"))
    return Group(*parts)


def imported(report: ImportReport) -> RenderableType:
    """What an import brought, and what stays."""
    return Group(
        *_names("Models of the catalogue", report.entries),
        *_names("Choices", report.choices),
        *_names("Weights", report.weights),
        Text(f"Statistics of {report.statistics} weights"),
        *_names("Left as it was", report.skipped),
    )


def _names(heading: str, names: list[str]) -> list[RenderableType]:
    """A name a line, whole; nothing where there are none but the heading's own word for it."""
    if not names:
        return [Text.assemble((heading, "bold"), ": none")]
    lines = [Text(f"  {each}", no_wrap=True, overflow="ignore") for each in names]
    return [title(heading), *lines]
