"""A short program that makes the first project and its admin key, and prints both as its last line of output.

A process of its own, so that the supervisor does not load the service.
"""

import importlib
import json
import os
import sys
from typing import Protocol, cast


class CreateProject(Protocol):
    """What is called, in the module named by the first argument."""

    def __call__(self, *, database_url: str, name: str) -> tuple[str, str]:
        """Create a project; returns its id and an admin key."""
        ...


if __name__ == "__main__":
    create_project = cast("CreateProject", importlib.import_module(sys.argv[1]).create_project)
    project_id, api_key = create_project(database_url=os.environ["CAIRN_DATABASE_URL"], name="default")
    sys.stdout.write("\n" + json.dumps({"project_id": project_id, "api_key": api_key}) + "\n")
