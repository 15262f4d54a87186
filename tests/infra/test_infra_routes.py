"""The API's own routes against those of the functions, under both readings of a last slash."""

import json
import re

import pytest

from functions.routing import OPEN_ROUTES, READ_POSTS
from infra_cdk.components.bundling import REPOSITORY
from infra_cdk.components.http_api import routes


def _served(method: str, path: str, *, slash_matters: bool) -> str:
    """Which function API Gateway picks: the most literal match, then the longest greedy one."""
    found: list[tuple[bool, int, str]] = []
    for route_method, route_path, function, _ in routes():
        if route_method != method:
            continue
        fixed = route_path.removesuffix("/{proxy+}")
        greedy = fixed != route_path
        asked = path if slash_matters else path.rstrip("/")
        if asked == fixed and not greedy:
            found.append((True, len(fixed), function))
        elif greedy and path.startswith(f"{fixed}/"):
            found.append((False, len(fixed), function))
    return max(found)[2]


@pytest.mark.parametrize("slash_matters", [True, False])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_route_of_a_function_reaches_it(slash_matters: bool, slash: str):
    from functions.add_memory import graph_routes as graph_writes
    from functions.add_memory import mem0_routes as mem0_writes
    from functions.add_memory import routes as writes
    from functions.search import graph_routes, list_routes
    from functions.search import mem0_routes as mem0_reads
    from functions.search import routes as reads

    checked = 0
    reading = (reads.router, list_routes.router, graph_routes.router, mem0_reads.router, mem0_reads.missing)
    writing = (writes.router, graph_writes.router, mem0_writes.missing)
    for name, routers in (("writes", writing), ("reads", reading)):
        for route in (route for router in routers for route in router.routes):
            for method in route.methods - {"HEAD"}:
                path = route.path.rstrip("/").replace("{", "").replace("}", "").replace(":path", "") + slash
                assert _served(method, path, slash_matters=slash_matters) == name, (method, path)
                checked += 1
    assert checked > 40


def test_no_route_ends_in_a_slash_which_api_gateway_refuses():
    assert not [path for _, path, _, _ in routes() if path.endswith("/")]


def test_an_emulator_gets_the_slash_itself():
    paths = {path for _, path, _, _ in routes(slashes=True)}
    assert {f"{path}/" for path in READ_POSTS | OPEN_ROUTES} <= paths


def test_the_table_of_reads_is_the_local_gateways_own():
    from local import gateway

    assert gateway.READ_POSTS is READ_POSTS


def test_the_handbook_names_only_routes_that_exist():
    def bare(path: str) -> str:
        return re.sub(r"\{[^}]*\}", "{}", path)

    paths = json.loads((REPOSITORY / "docs" / "openapi.json").read_text())["paths"]
    known = {(method.upper(), bare(path)) for path, methods in paths.items() for method in methods}
    handbook = (REPOSITORY / "docs" / "operations.md").read_text()
    named = {(m, bare(path)) for m, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`? ]*)", handbook)}
    assert len(named) > 5
    assert named <= known, named - known
