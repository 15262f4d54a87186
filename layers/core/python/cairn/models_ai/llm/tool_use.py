"""Answers of a schema as the input of a tool; in words where a model has no tools, or cannot be made to use one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from cairn.models_ai.llm.completion import TOO_LONG


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request is put: models differ in what they understand."""

    tool: bool = True
    temperature: bool = True

    def simpler(self, words: str, *, has_schema: bool) -> "Manner | None":
        """A simpler manner that may help against a refusal in these words; None where none would."""
        if TOO_LONG.search(words):
            return None
        if self.temperature and "temperature" in words.lower():
            return replace(self, temperature=False)
        return replace(self, tool=False) if self.tool and has_schema else None


def tool_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without references, and with nothing but type, properties and required at its top.

    Amazon's own models take no others.
    """
    plain = _inlined(schema, schema.get("$defs", {}))
    return {name: plain[name] for name in ("type", "properties", "required") if name in plain}


def _inlined(node: object, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in cast("list[object]", node)]
    if not isinstance(node, Mapping):
        return node
    schema = cast("Mapping[str, Any]", node)
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(value, definitions) for name, value in schema.items() if name != "$defs"}
