"""Answers about a project: its settings, and what models cost it."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from cairn.platform.http.answers import Json, moment
from cairn.projects.types import DayUsage, Project


def usage(days: Sequence[DayUsage], limit: int, used_today: int, resets_in: int) -> Json:
    """What models cost, by day and kind, in all, and what is left of today's budget."""
    return {
        "results": [asdict(day) | {"day": day.day.isoformat()} for day in days],
        "total": {
            "requests": sum(d.requests for d in days),
            "tokens_in": sum(d.tokens_in for d in days),
            "tokens_out": sum(d.tokens_out for d in days),
            "cost_usd": round(sum(d.cost_usd for d in days), 10),
        },
        "budget": {
            "daily_tokens": limit or None,
            "used_today": used_today,
            "remaining": max(0, limit - used_today) if limit else None,
            "resets_in_seconds": resets_in,
        },
    }


def ping(p: Project, key_name: str) -> Json:
    """Whose key this is. Clients want an address; without accounts it is the key's, where no mail goes."""
    words = re.sub(r"[^a-z0-9]+", "-", key_name.lower())[:64].strip("-")
    return {
        "status": "ok",
        "org_id": str(p.org_id),
        "project_id": str(p.id),
        "user_email": f"{words or 'key'}@cairn.invalid",
    }


_NO_SETTINGS: Final = {
    "custom_instructions": None,
    "agent_custom_instructions": None,
    "custom_categories": None,
    "inclusion_prompt": None,
    "exclusion_prompt": None,
    "extractor": "model",
    "daily_token_budget": None,
    "multilingual": False,
    "decay": False,
    "memory_depth": None,
    "usecase_setting": None,
    "retrieval_criteria": None,
    "enable_graph": False,
    "version": "v3",
}


def project(p: Project, fields: Sequence[str] | None) -> Json:
    """The project with every setting, or only the fields asked for."""
    whole: Json = {
        "id": str(p.id),
        "project_id": str(p.id),
        "org_id": str(p.org_id),
        "name": p.name,
        "description": "",
        "members": [],
        "created_at": moment(p.created_at),
        **_NO_SETTINGS,
        **p.stored,
    }
    return whole if not fields else {name: value for name, value in whole.items() if name in fields}
