"""What the command line shows of models, in 80 columns and readable without colour."""

from collections.abc import Iterable
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bentos.cli.formats import count, duration, moment, share, size
from bentos.cli.output import columns, facts, title
from bentos.management.shapes import (
    CheckReport,
    CurrentModels,
    InstalledVersion,
    MemoryEstimate,
    ModelList,
    ModelStatistics,
    ModelSummary,
    ModelView,
    StatisticsResponse,
    UsageSummary,
)

_LISTED_LANGUAGES = 25
"""More are counted only; JSON has them all."""

_STATISTICS = "{:<27}{:>6}{:>8}{:>9}{:>9}{:>10}{:>11}"


def listed(found: ModelList) -> RenderableType:
    """The catalogue, a table of all so that the families' columns stand below each other."""
    if not found.models:
        return Text("No model of the catalogue is like that.")
    table = columns(
        "Model", "Params", "Purpose", "Quant", "Memory", "Here",
        right=("Params", "Memory"), whole=("Model", "Params", "Quant", "Memory"),
    )  # fmt: skip
    families = groupby(
        sorted(found.models, key=lambda each: list(found.defaults).index(each.family)),
        key=lambda each: each.family,
    )
    for place, (family, members) in enumerate(families):
        if place:
            table.add_row()
        table.add_row(Text(family, style="dim"))
        for each in members:
            table.add_row(*_row(each))
    note = Text("* used of its family. Memory: once loaded, in Quant, estimated.", style="dim")
    return Group(table, Text(), note)


def _row(model: ModelSummary) -> tuple[RenderableType, ...]:
    mark = "* " if model.default else "  "
    return (
        Text(mark + model.id, style="bold" if model.installed else ""),
        count(model.parameters),
        model.purpose,
        model.quantization,
        size(model.memory_bytes),
        _here(model),
    )


def _here(model: ModelSummary) -> Text:
    if any(each.running for each in model.installed):
        return Text("running", style="green")
    if model.installed:
        return Text("installed", style="green")
    return Text("" if model.servable else "no Bento yet", style="dim")


def shown(model: ModelView) -> RenderableType:
    """One model in full."""
    names = Text(model.id, style="bold")
    if model.aliases:
        names.append(f"  also {', '.join(model.aliases)}", style="not bold dim")
    parts: list[RenderableType] = [names, Text(model.name), Text()]
    parts += [Text(model.entry.description), Text(), _facts(model), Text(), title("Installed")]
    parts += [_version(each) for each in model.installed] or [Text("  nothing yet", style="dim")]
    parts += [Text(), title("Memory and download"), estimates(model.estimates, model.quantization)]
    return Group(*parts, Text(), title("Use"), Text(f"  {_use(model.usage)}"))


def _facts(model: ModelView) -> Table:
    entry, built = model.entry, model.entry.architecture
    terms = "commercial use allowed" if entry.commercial_use else "no commercial use"
    active = f", {count(built.active_parameters)} a token" if built.active_parameters else ""
    pairs: dict[str, RenderableType] = {
        "Family": f"{model.family}, {model.purpose}"
        + (", the one used of its family" if model.default else ""),
        "Served by": f"the Bento {model.bento}" if model.bento else "no Bento yet",
        "Repository": entry.repository + (f" at {entry.revision}" if entry.revision else ""),
        "Architecture": f"{built.name}, {count(built.parameters)} parameters{active}, "
        f"{built.layers} layers, {built.heads} heads, dimension {built.dimension}",
        "Context": f"{built.context} tokens",
        "Languages": _languages(entry.languages),
        "Licence": f"{entry.license}, {terms}",
        "Recommended": f"{model.quantization} on this machine",
    }
    if entry.unverified:
        pairs["Unverified"] = ", ".join(entry.unverified)
    return facts(pairs)


def _languages(codes: tuple[str, ...]) -> str:
    if len(codes) > _LISTED_LANGUAGES:
        return f"{len(codes)}; --json lists them"
    return f"{len(codes)}: {', '.join(codes)}"


def _version(version: InstalledVersion) -> RenderableType:
    """The tag alone on its line: whole, however long, to be copied."""
    states = [name for name, is_so in _states(version) if is_so]
    memory = version.memory_bytes
    said = [
        version.quantization,
        f"{size(version.size_bytes)} on disk",
        f"{size(memory)} of memory measured" if memory else "never loaded here",
        f"since {moment(version.installed_at)}",
    ]
    return Group(
        Text(f"  {version.tag}", no_wrap=True, overflow="ignore"),
        Padding(Text(", ".join([*states, *said]), style="dim"), (0, 0, 0, 4)),
    )


def _states(version: InstalledVersion) -> Iterable[tuple[str, bool]]:
    return ("in use", version.chosen), ("running", version.running)


def estimates(found: Iterable[MemoryEstimate], recommended: str = "") -> RenderableType:
    """Memory a quantization, estimated beside measured."""
    table = columns(
        "  Quant", "Weights", "Cache", "Other", "Estimated", "Measured", "Download",
        right=("Weights", "Cache", "Other", "Estimated", "Measured", "Download"),
        whole=("  Quant",),
    )  # fmt: skip
    for each in found:
        table.add_row(
            f"{'*' if each.quantization == recommended else ' '} {each.quantization}",
            *(size(part) for part in (each.weights_bytes, each.cache_bytes, each.overhead_bytes)),
            size(each.total_bytes),
            size(each.measured_bytes),
            size(each.download_bytes),
        )
    return table


def _use(usage: UsageSummary) -> str:
    if not usage.uses:
        return "never used here"
    return (
        f"{usage.uses} requests, {share(usage.success_rate)} succeeded; "
        f"mean {duration(usage.mean_ms)}, p95 {duration(usage.p95_ms)}; "
        f"{count(usage.tokens_in)} tokens in, {count(usage.tokens_out)} out; "
        f"last {moment(usage.last_used)}"
    )


def used(found: StatisticsResponse) -> RenderableType:
    """The statistics, the most used first; of each its weights on a line of their own."""
    if not found.statistics:
        return Text("Nothing was used yet.")
    titles = ("Model", "Uses", "OK", "Mean", "p95", "Tokens in", "Tokens out")
    rows = [part for each in found.statistics for part in _used(each)]
    return Group(Text(_STATISTICS.format(*titles), style="bold", no_wrap=True), *rows)


def _used(each: ModelStatistics) -> tuple[RenderableType, ...]:
    row = _STATISTICS.format(
        each.id or "in no catalogue",
        count(each.uses),
        share(each.success_rate),
        duration(each.mean_ms),
        duration(each.p95_ms),
        count(each.tokens_in),
        count(each.tokens_out),
    )
    weights = Text(f"  {each.weights}", style="dim", no_wrap=True, overflow="ignore")
    last = Text(f"  last used {moment(each.last_used)}", style="dim")
    return Text(row, no_wrap=True, overflow="ignore"), weights, last


def current(found: CurrentModels) -> RenderableType:
    """What is used of each family."""
    table = columns("Family", "Model", "Version", "", whole=("Family", "Model", "Version"))
    for each in found.current:
        version = each.version or ("newest" if each.installed else "")
        state = "" if each.installed else "not installed"
        table.add_row(each.family, each.id, version, Text(state, style="dim"))
    return table


def checked(report: CheckReport) -> RenderableType:
    """What was looked at, a line each."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for each in report.items:
        mark = Text("ok", style="green") if each.ok else Text("BAD", style="bold red")
        table.add_row(mark, each.name, each.message)
    end = "All is well." if report.ok else "Something is wrong."
    return Group(title(report.id), table, Text(end, style="green" if report.ok else "bold red"))
