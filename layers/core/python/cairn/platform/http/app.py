"""The HTTP edge: the only module that knows FastAPI's error handling, and how a Lambda event becomes a request."""

import asyncio
import atexit
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import unquote_plus, unquote_to_bytes
from uuid import UUID

from aws_lambda_powertools.metrics import MetricUnit
from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from mangum import Mangum
from pydantic import BaseModel
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cairn.kernel.errors import (
    BudgetExceeded,
    CairnError,
    EmbeddingModelChanged,
    Forbidden,
    InvalidRequest,
    NotOffered,
    Unauthenticated,
    Unavailable,
)
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import count_embeddings, count_fault, logger, metrics
from cairn.kernel.tenancy import Caller, Role, Tenant
from cairn.kernel.usage import watched
from cairn.platform.http.parsing import parsed
from cairn.platform.http.values import error_sentence, storable


class _WholePath(PathConvertor):
    """A path of any characters: the framework's own ends at a line break, and an id of old may have one."""

    regex = "(?s:.*)"


register_url_convertor("path", _WholePath())

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

RETRY_AFTER_SECONDS: Final = 5


class ErrorBody(BaseModel):
    """Every error: `detail` is what Mem0's clients show, `error` where its hosted service sometimes puts it."""

    detail: str
    error: str
    code: str


LARGEST_ANSWER: Final = 5_500_000
"""Bytes of a body, as a JSON string, under the 6 MB of Lambda with its headers around it."""

TOO_LARGE: Final = (
    "The answer would be larger than 5 MB: ask for less of it, by page_size or top_k, by fields or narrower filters."
)
_REPLACEMENT: Final = "\ufffd"
_LONGEST_CHARACTER: Final = 4  # bytes in UTF-8


class _Request(Request):
    """A request whose body is read by Cairn's own parser."""

    async def json(self) -> Any:
        return parsed(await self.body())


class _Route(APIRoute):
    """A route whose answer is written as it is.

    What it is annotated with is for the type checker, and for functions/openapi.py to make a schema of. Left to itself
    the framework would build a model of each answer when the function starts, and check every answer by it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["response_model"] = Any
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            return await handle(_Request(request.scope, request.receive))

        return handled


def new_router() -> APIRouter:
    """A router whose paths, queries and bodies are read as Cairn reads them."""
    return APIRouter(route_class=_Route, dependencies=[Depends(storable_path)])


def create_app(title: str, *routers: APIRouter) -> FastAPI:
    """A FastAPI app of these routers, with Cairn's errors, and without redirects or its own 422."""
    app = FastAPI(
        title=title,
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(CairnError, _cairn_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)
    _make_routes(app)
    return app


def _make_routes(app: FastAPI) -> None:
    """Makes what the framework makes of included routes at the first request: a quarter of a second of models.

    Here it is part of the start, which Lambda runs at full speed and a snapshot keeps.
    """
    nowhere: Scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(nowhere)


_IN_LAMBDA: Final = "AWS_EXECUTION_ENV" in os.environ
# Mem0's clients send them with everything.
_OF_A_PLATFORM: Final = (b"org_id", b"project_id", b"org_name", b"project_name")
_MODEL_CHANGED: Final = f'"code":"{EmbeddingModelChanged.code}"'


def lambda_entry(app: FastAPI) -> Handler:
    """The app as a Lambda handler for HTTP API events, payload 2.0."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    atexit.register(loop.close)
    adapter = Mangum(_Lenient(app), lifespan="off")

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        started = time.perf_counter()
        # Mangum runs on the loop of its thread; whatever else ran a loop there has taken it away.
        asyncio.set_event_loop(loop)
        with watched() as spent:
            answer = _bounded(adapter(event, context))
            if answer["statusCode"] == HTTPStatus.SERVICE_UNAVAILABLE and _MODEL_CHANGED in answer["body"]:
                answer = _bounded(adapter(event, context))  # nothing was done; with the other model's vectors it is
        count_embeddings(spent)
        metrics.add_metric(Metric.REQUESTS, MetricUnit.Count, 1)
        metrics.add_metric(Metric.LATENCY, MetricUnit.Milliseconds, (time.perf_counter() - started) * 1000)
        if answer["statusCode"] == HTTPStatus.NOT_IMPLEMENTED:
            metrics.add_metric(Metric.NOT_IMPLEMENTED, MetricUnit.Count, 1)
        elif answer["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            metrics.add_metric(Metric.SERVER_ERRORS, MetricUnit.Count, 1)
        if answer["statusCode"] == HTTPStatus.INTERNAL_SERVER_ERROR:
            count_fault()
        return answer

    return handle


def _bounded(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, or 413 where Lambda would refuse it: it takes 6 MB, with the body as a JSON string in it.

    What a write answers is short, so nothing was done that this hides.
    """
    body: str = answer.get("body") or ""
    if len(body) * _LONGEST_CHARACTER <= LARGEST_ANSWER:
        return answer
    if len(body.encode()) + body.count('"') + body.count("\\") <= LARGEST_ANSWER:
        return answer
    error = _answer(413, TOO_LARGE, "answer_too_large")
    return answer | {"statusCode": 413, "body": bytes(error.body).decode(), "isBase64Encoded": False}


class _Lenient:
    """Takes every path with and without its closing slash, below a stage's prefix too, and every body as JSON.

    Nothing is ever redirected. `scope["may_be_cut_off"]` says whether the path may have been longer: API Gateway cuts
    one off at a question mark that was encoded, and a client that does not encode makes a query of the rest, or drops
    it. What is left mostly ends in no slash, with which Mem0's clients, that send a query with everything, end all.

    A named stage of API Gateway stands at the front of the path. As `root_path` it is left out of routing and put into
    the absolute addresses of pages.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        stage = scope["aws.event"]["requestContext"].get("stage", "$default")
        prefix = f"/{stage}"
        if stage != "$default" and (path == prefix or path.startswith(f"{prefix}/")):
            scope["root_path"] = prefix
        query = scope["query_string"]
        scope["may_be_cut_off"] = _has_odd_query(query) or (not path.endswith("/") and (_IN_LAMBDA or bool(query)))
        scope["path"] = path if path.endswith("/") else f"{path}/"
        # An erasure takes its parameters as they are: less to select by would be more to erase.
        if scope["method"] != "DELETE":
            scope["query_string"] = _without_blanks(scope["query_string"])
        scope["scheme"] = _scheme(scope["scheme"])
        # Every body is JSON here, also curl's, which says otherwise unless told.
        others = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
        scope["headers"] = [*others, (b"content-type", b"application/json")]
        await self._app(scope, receive, send)


def _has_odd_query(query: bytes) -> bool:
    return any(pair.partition(b"=")[0] not in _OF_A_PLATFORM for pair in query.split(b"&") if pair)


def _scheme(forwarded: str) -> str:
    """How the caller called, out of X-Forwarded-Proto: of proxies in a row the first one's word counts."""
    return "http" if forwarded.partition(",")[0].strip().lower() == "http" else "https"


def _without_blanks(query: bytes) -> bytes:
    """The query string without the parameters that have no value: they are as absent as a null in a body."""
    return b"&".join(
        pair for pair in query.split(b"&") if unquote_plus(pair.partition(b"=")[2].decode("latin-1")).strip()
    )


def _answer(status: int, detail: str, code: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(ErrorBody(detail=detail, error=detail, code=code).model_dump(), status, headers)


def _cairn_error(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, CairnError)
    headers = _retry_after(exc)
    if exc.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(exc, NotOffered):
        logger.error("request failed", action="http.failed", code=exc.code, exc_info=exc)
    return _answer(exc.status_code, str(exc), exc.code, headers)


def _retry_after(exc: CairnError) -> dict[str, str] | None:
    if isinstance(exc, Unavailable | BudgetExceeded):
        return {"Retry-After": str(exc.retry_after or RETRY_AFTER_SECONDS)}
    return None


def _validation_error(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, RequestValidationError)
    return _answer(400, error_sentence(exc.errors()[0]), InvalidRequest.code)


def _http_error(request: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, HTTPException)
    known = {
        404: (f"There is no route {request.url.path}.", "no_route"),
        405: (f"{request.url.path} does not take {request.method}.", "method_not_allowed"),
    }
    detail, code = known.get(exc.status_code, (str(exc.detail), "invalid_request"))
    return _answer(exc.status_code, detail, code, dict(exc.headers or {}))


def _bug(_: Request, exc: Exception) -> JSONResponse:
    logger.error("unexpected error", action="http.bug", exc_info=exc)
    return _answer(500, "Something went wrong on our side; it was logged.", "internal")


# Dependencies and routes are coroutines, also those that wait for a database: FastAPI would start a thread for each
# plain function, and an environment serves one request at a time.


async def caller(request: Request) -> Caller:
    """Who calls, as the authorizer found; raises Unauthenticated with its reason, or Unavailable where it knew none."""
    context: dict[str, Any] = request.scope["aws.event"]["requestContext"].get("authorizer", {}).get("lambda") or {}
    if context.get("unavailable"):
        raise Unavailable(context["unavailable"], int(context["retry_after"]) or None)
    if not context.get("project_id"):
        raise Unauthenticated(context.get("denied") or "Send the API key in the Authorization header as 'Token <key>'.")
    tenant = Tenant(UUID(context["project_id"]), UUID(context["key_id"]), context.get("pinned_user_id") or None)
    return Caller(tenant, Role(context["role"]))


def requires(role: Role) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that lets a caller through who has at least this role."""

    async def check(who: Annotated[Caller, Depends(caller)]) -> Caller:
        if not who.role.may(role):
            raise Forbidden(f"This API key is a {who.role} key; this takes a {role} key.")
        return who

    return check


def tenant_for(role: Role, *, whole_project: bool = False) -> Callable[[Caller], Awaitable[Tenant]]:
    """A dependency: the tenant of a caller who has at least this role; `whole_project` refuses a key of one user."""
    check = requires(role)

    async def tenant(who: Annotated[Caller, Depends(check)]) -> Tenant:
        if whole_project and who.tenant.user_id is not None:
            raise Forbidden("This API key is pinned to a user; this takes a key of the whole project.")
        return who.tenant

    return tenant


async def storable_path(request: Request) -> None:
    """A dependency for whole routers: refuses paths and queries that hold what cannot be stored."""
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        if not storable(f"{name}{value}"):
            raise InvalidRequest(f"{name!r} holds a NUL character or is not valid UTF-8.".replace("\\x00", ""))
    for name, value in request.path_params.items():
        # API Gateway hands over a decoded path, in which bytes that are no UTF-8 are this character already.
        if _REPLACEMENT in value:
            raise InvalidRequest(f"{name!r} is not valid UTF-8, or holds the character that stands for that.")
    _require_utf8(request.scope["query_string"])


def _require_utf8(query: bytes) -> None:
    """Raises InvalidRequest naming the parameter of a query string that is not UTF-8: read leniently it is another."""
    for pair in query.split(b"&"):
        try:
            unquote_to_bytes(pair).decode()
        except UnicodeDecodeError:
            name = unquote_plus(pair.partition(b"=")[0].decode("latin-1"))
            raise InvalidRequest(f"{name!r} is not valid UTF-8.") from None


def not_offered(routes: Iterable[tuple[str, str]]) -> APIRouter:
    """A router for methods and paths of Mem0's API that are not there: 501 says so, where 404 would name a memory."""
    router = APIRouter(dependencies=[Depends(caller)], include_in_schema=False)
    for method, path in routes:
        router.add_api_route(path, _refuse, methods=[method])
    return router


async def _refuse(request: Request) -> None:
    raise NotOffered(f"Cairn does not have {request.method} {request.scope['route'].path} of Mem0's API.")


IdParam = Annotated[str, Path(json_schema_extra={"format": "uuid"})]
"""An id in a path, as it came: `uuid_of` refuses what is none."""


def uuid_of(field: str, value: str) -> UUID:
    """The id in a path; raises InvalidRequest naming the field, in Mem0's words."""
    try:
        return UUID(value)
    except ValueError:
        raise InvalidRequest(f"{field} should be a valid UUID") from None


def page_url(request: Request, number: int, size: int) -> str:
    """The absolute address of another page of this list, as the caller sees it.

    API Gateway names the domain that was called. Who forges a header gets links made of it, and nobody else does: an
    answer to a key is not shared.
    """
    domain = request.scope["aws.event"]["requestContext"].get("domainName") or request.url.netloc
    return str(request.url.replace(netloc=domain).include_query_params(page=number, page_size=size))
