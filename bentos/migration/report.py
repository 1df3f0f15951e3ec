"""What a migration found and wrote, for a program or a person; holds no secret."""

from pathlib import Path

from pydantic import BaseModel

from bentos.cli.formats import printable
from bentos.migration.planning import Plan, Row
from bentos.migration.variables import Fate


class Variable(BaseModel):
    """One of the old system's, and what becomes of it."""

    name: str
    origin: str
    fate: Fate
    becomes: str


class MigrationReport(BaseModel):
    """All that is to say of it."""

    read: list[str]
    profile: str
    models: list[str]
    variables: list[Variable]
    warnings: list[str]
    commands: list[str]
    """To be run by hand, in this order."""
    files: list[str]
    """Written, or to be written where it was a dry run."""
    dry_run: bool


def report_of(
    plan: Plan, read: list[Path], written: list[Path], *, dry_run: bool
) -> MigrationReport:
    """In the order of names."""
    rows = sorted(plan.rows, key=lambda row: (row.name, row.origin))
    return MigrationReport(
        read=[str(path) for path in read],
        profile=plan.profile,
        models=list(plan.models),
        variables=[_variable(row) for row in rows],
        warnings=plan.warnings,
        commands=plan.commands,
        files=[str(path) for path in written],
        dry_run=dry_run,
    )


def _variable(row: Row) -> Variable:
    return Variable(name=row.name, origin=row.origin, fate=row.fate, becomes=row.text)


def page(report: MigrationReport) -> str:
    """A line each, never broken: one copies from them."""
    none = [each for each in report.variables if each.fate is Fate.NONE]
    taken = [each for each in report.variables if each.fate is not Fate.NONE]
    lines = [
        *_part("Read", report.read),
        f"The gateway answers as: {report.profile}; models: {', '.join(report.models)}",
        *_part("Carried over", [_sentence(each) for each in taken]),
        *_part("Without equivalent", [_sentence(each) for each in none]),
        *_part("To be run", report.commands),
        *_part("Would be written" if report.dry_run else "Written", report.files),
        *(f"warning: {each}" for each in report.warnings),
    ]
    return "\n".join(printable(line) for line in lines)


def _sentence(variable: Variable) -> str:
    return f"{variable.name} ({variable.origin}): {variable.becomes}"


def _part(heading: str, lines: list[str]) -> list[str]:
    return [heading, *(f"  {line}" for line in lines)] if lines else [f"{heading}: nothing"]
