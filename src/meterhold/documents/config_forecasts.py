"""Where forecasts come from, beside the API: a topic of a broker, a file that somebody else writes."""

from collections.abc import Callable, Iterator
from typing import Annotated

from pydantic import Field, model_validator

from meterhold.documents.config_fields import File, Name, StrictSection
from meterhold.domain.errors import Fault
from meterhold.yaml_text import YamlText, dotted

Cron = Annotated[str, Field(pattern=r"^\S+( \S+){4}$")]


class ForecastsSection(StrictSection):
    """Where forecasts come from. The API takes them as well, whatever stands here."""

    link: Name | None = None
    """A broker of links, and the topic on which forecasts are published there."""
    topic: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^+#]+$")] | None = None
    file: File | None = None
    """A file that is replaced whole; a relative path counts from the configuration file."""
    cron: Cron = "*/10 * * * *"
    """When the file is looked at, in the site's time zone, as crontab writes it."""

    @model_validator(mode="after")
    def _topic_of_a_link(self) -> "ForecastsSection":
        if (self.link is None) is not (self.topic is None):
            raise ValueError("link and topic belong together")
        return self


def forecast_faults(source: YamlText) -> Iterator[Fault]:
    """A link that is not there, or no broker; tolerant of what is reported elsewhere."""
    section, links = source.data.get("forecasts"), source.data.get("links")
    name = section.get("link") if isinstance(section, dict) else None
    if not isinstance(name, str) or not isinstance(links, dict):
        return
    link = links.get(name)
    if not isinstance(link, dict) or link.get("kind") != "mqtt":
        path = ("forecasts", "link")
        yield Fault(dotted(path), f"{name!r} is not one of the brokers under links", line=source.line_of(path))


def placed_forecasts(section: ForecastsSection, at: Callable[[str | None], str | None]) -> ForecastsSection:
    """Let the file be where ``at`` says."""
    return section.model_copy(update={"file": at(section.file)})
