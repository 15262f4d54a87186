"""What the user can set for the one-machine run, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cairn.kernel.settings import ModelSettings
from local.errors import StartError
from local.events import host_is_valid

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The settings of one start."""

    port: int
    """Where the gateway listens on 127.0.0.1; 0 takes any free port."""
    public_url: str
    """Where a proxy in front is called, as scheme and host; empty without one."""
    directory: Path
    """Where everything that outlives a stop is kept."""
    concurrency: int
    """Worker processes of each function, and pollers of the queue."""
    maintain_seconds: float
    """Pause between two scheduled runs of maintain."""
    database_url: str | None
    """Owner URL of a database to use in place of the embedded one."""
    model: str | None
    """Who extracts facts, in words; None where no model is set up."""
    graph: bool
    """Whether there is a graph at all."""
    neo4j: tuple[str, str, str, str] | None
    """URI, user, password and database of a Neo4j to use in place of the embedded graph."""
    faithful: bool
    """Whether workers are stopped between two events, as Lambda freezes them."""
    package: str
    """Package that holds the functions; another one only in tests."""

    @property
    def bootstrap(self) -> str:
        """Module with `create_project`."""
        return "cairn.bootstrap.access" if self.package == "functions" else f"{self.package}.bootstrap"

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.directory / "logs"

    @property
    def run(self) -> Path:
        """Folder with one record per living child."""
        return self.directory / "run"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; a value that is not one raises StartError naming its variable."""
    return Settings(
        port=int(_number(environment, "CAIRN_LOCAL_PORT", 8000, 0, 65535)),
        public_url=_public_url(environment),
        directory=Path(environment.get("CAIRN_LOCAL_DIR") or ".local").expanduser().resolve(),
        concurrency=int(_number(environment, "CAIRN_LOCAL_CONCURRENCY", os.cpu_count() or 1, 1, 256)),
        maintain_seconds=_number(environment, "CAIRN_LOCAL_MAINTAIN_SECONDS", 15, 0.1, 86400),
        database_url=environment.get("DATABASE_URL") or None,
        model=_model(environment),
        graph=_graph(environment),
        neo4j=_neo4j(environment),
        faithful=_number(environment, "CAIRN_LOCAL_FAITHFUL", 0, 0, 1) == 1,
        package=environment.get("CAIRN_LOCAL_PACKAGE") or "functions",
    )


def _public_url(environment: Mapping[str, str]) -> str:
    text = environment.get("CAIRN_LOCAL_URL", "").strip().removesuffix("/")
    scheme, _, host = text.partition("://")
    if text and not (scheme in ("http", "https") and host_is_valid(host)):
        msg = f"CAIRN_LOCAL_URL must be an address without a path, as https://cairn.example, not {text!r}."
        raise StartError(msg)
    return text


def _model(environment: Mapping[str, str]) -> str | None:
    name = environment.get("CAIRN_LLM_MODEL")
    match environment.get("CAIRN_LLM") or "openai":
        case "openai":
            url = environment.get("OPENAI_BASE_URL")
            known = url or environment.get("OPENAI_API_KEY")
            name = name or ModelSettings.model_fields["llm_model"].default
            return f"{name} at {url or 'OpenAI'}" if known else None
        case "anthropic":
            return f"{_named(name)} at {environment.get('ANTHROPIC_BASE_URL') or 'Anthropic'}"
        case "bedrock":
            return f"{_named(name)} at Amazon Bedrock"
        case other:
            msg = f"CAIRN_LLM must be openai, bedrock or anthropic, not {other!r}."
            raise StartError(msg)


def _named(model: str | None) -> str:
    if not model:
        msg = "CAIRN_LLM_MODEL must name the model: there is a default for OpenAI alone."
        raise StartError(msg)
    return model


def _graph(environment: Mapping[str, str]) -> bool:
    text = environment.get("GRAPH", "").strip().lower() or "on"
    if text not in ("on", "off"):
        msg = f"GRAPH must be on or off, not {text!r}."
        raise StartError(msg)
    return text == "on"


def _neo4j(environment: Mapping[str, str]) -> tuple[str, str, str, str] | None:
    uri = environment.get("NEO4J_URI")
    if not uri:
        return None
    user, database = environment.get("NEO4J_USER") or "neo4j", environment.get("NEO4J_DATABASE") or "neo4j"
    return uri, user, environment.get("NEO4J_PASSWORD", ""), database


def _number(environment: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        msg = f"{name} must be a number from {low:g} to {high:g}, not {text!r}."
        raise StartError(msg)
    return value
