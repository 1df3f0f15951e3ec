"""What decides whether a service tells of its requests to a collector of traces; nothing else."""

from importlib.util import find_spec
from typing import Final, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_EXPORTER: Final = "opentelemetry.exporter.otlp.proto.http"


class TracingSettings(BaseSettings):
    """OpenTelemetry's own variables, read once when a service is defined.

    Its exporter reads the others of them by itself: headers, certificates, time limits.
    """

    model_config = SettingsConfigDict(
        env_prefix="OTEL_", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    exporter_otlp_endpoint: str | None = Field(default=None, repr=False)
    """URL of a collector that takes OTLP over HTTP, as `http://collector:4318`. Unset, and the next
    too: no traces."""

    exporter_otlp_traces_endpoint: str | None = Field(default=None, repr=False)
    """The same for traces alone, its path included, as `http://collector:4318/v1/traces`."""

    traces_sampler_arg: float = Field(default=1.0, ge=0, le=1)
    """Share of the requests that are traced, of those that come without a trace of their own."""

    sdk_disabled: bool = False
    """Whether nothing is traced although an endpoint is set."""

    @field_validator("exporter_otlp_endpoint", "exporter_otlp_traces_endpoint", mode="before")
    @classmethod
    def _none_where_empty(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _has_exporter(self) -> Self:
        """Told at once: a worker that cannot import it would be started again and again."""
        if self.on and not _is_installed(_EXPORTER):
            raise ValueError(
                "an endpoint for traces is set, and the exporter is not installed: "
                "pip install -r requirements-tracing.txt"
            )
        return self

    @property
    def on(self) -> bool:
        """Whether there is a collector to tell."""
        endpoints = (self.exporter_otlp_endpoint, self.exporter_otlp_traces_endpoint)
        return not self.sdk_disabled and any(endpoints)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False
