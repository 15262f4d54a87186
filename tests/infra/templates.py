"""Looking into synthesised templates."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Resource = dict[str, Any]


@dataclass(frozen=True)
class Synthesized:
    """What one environment came to."""

    directory: Path
    seconds: float

    def paths(self) -> dict[str, Path]:
        found = sorted(self.directory.rglob("*.template.json"))
        return {
            stack: path for path in found for stack in ("Stateful", "Stateless", "Observability") if stack in path.name
        }

    def template(self, stack: str) -> dict[str, Any]:
        return json.loads(self.paths()[stack].read_text())

    def resources(self, stack: str, kind: str | None = None) -> dict[str, Resource]:
        resources = self.template(stack)["Resources"]
        return {name: r for name, r in resources.items() if kind is None or r["Type"] == kind}

    def properties(self, stack: str, kind: str) -> list[dict[str, Any]]:
        return [r.get("Properties", {}) for r in self.resources(stack, kind).values()]

    def function(self, name: str) -> dict[str, Any]:
        handler = f"functions.{name}.handler.lambda_handler"
        (found,) = [p for p in self.properties("Stateless", "AWS::Lambda::Function") if p["Handler"] == handler]
        return found

    def variables(self, name: str) -> dict[str, Any]:
        return self.function(name)["Environment"]["Variables"]
