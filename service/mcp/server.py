"""The MCP server: lists the tools, and answers their calls by GraphQL operations.

It asks the GraphQL API itself, in the same process or at an address, so that costs, rates and suppression are the same.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from difflib import get_close_matches
from functools import cache
from importlib.metadata import version
from typing import Any

import httpx2
import mcp_types as protocol
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from pydantic import BaseModel, ValidationError

from service.counts import count_of
from service.mcp.arguments import Arguments
from service.mcp.tools import TOOLS, Tool

INSTRUCTIONS = """Pay data for machine-learning engineers and the roles around them. Filters take codes: find them with
search_values, or with read_title for a job title. Then pay_summary, compare_groups and pay_trend return exact figures with
sample size, confidence interval, cautions and citation. Say the sample size and cautions with a figure, and cite it. If a
result has a refusal, there are too few records: do as it says, and do not guess a figure."""

_MAX_PROBLEMS, _MAX_SHOWN = 10, 100
"""Problems in a message, and characters of a name that is repeated in it."""

Api = AbstractAsyncContextManager[httpx2.AsyncClient]
"""Opens a client whose base address is that of the service."""
Context = ServerRequestContext[Any, Any]


class ApiError(Exception):
    """The API's answer to a request that it does not fulfil; says what was wrong and what to do."""


def mcp_server(api_of: Callable[[Context], Api]) -> Server[Any]:
    """The server; `api_of` opens a client of the API for a request."""
    tools = {tool.name: tool for tool in TOOLS}
    listed = protocol.ListToolsResult(tools=[_listed(tool) for tool in TOOLS])

    async def list_tools(_: Context, __: protocol.PaginatedRequestParams | None) -> protocol.ListToolsResult:
        return listed

    async def call_tool(context: Context, params: protocol.CallToolRequestParams) -> protocol.CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            return _failure(f"There is no tool {params.name[:_MAX_SHOWN]!r}. The tools are {', '.join(tools)}.")
        try:
            arguments = tool.arguments.model_validate(params.arguments or {})
        except ValidationError as error:
            return _failure("\n".join(_problems(tool.arguments, error)))
        async with api_of(context) as api:
            try:
                data = await _data(api, tool.operation, arguments.variables)
            except ApiError as error:
                return _failure(str(error))
        return _success(tool.answer(data, arguments))

    return Server(
        "payrank",
        version=version("payrank"),
        title="PayRank",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _listed(tool: Tool) -> protocol.Tool:
    return protocol.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=_without_titles(tool.arguments.model_json_schema()),
        output_schema=_without_titles(tool.result.model_json_schema(mode="serialization")),
        annotations=protocol.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def _without_titles(schema: Any) -> Any:
    """A JSON schema without titles, which only repeat names: a model reads the list of tools in every conversation."""
    if isinstance(schema, list):
        return [_without_titles(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _without_titles(part) for key, part in schema.items() if key != "title" or not isinstance(part, str)}


async def _data(api: httpx2.AsyncClient, operation: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
    """The data of an operation. Raises ApiError."""
    try:
        response = await api.post("graphql", json={"query": operation, "variables": variables})
        answer = response.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ApiError(
            f"The service at {api.base_url} does not answer: {error or type(error).__name__}. Try again."
        ) from error
    if errors := answer.get("errors"):
        raise ApiError("\n".join(error["message"] for error in errors))
    data: Mapping[str, Any] = answer["data"]
    return data


def _problems(arguments: type[Arguments], error: ValidationError) -> list[str]:
    """What is wrong with the arguments, a line for each problem, of many for the first."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [_problem(arguments, one["type"], one["loc"], one["msg"]) for one in found[:_MAX_PROBLEMS]]
    others = len(found) - len(lines)
    return [*lines, f"And {count_of(others, 'more problem')}."] if others else lines


def _problem(arguments: type[BaseModel], kind: str, path: tuple[int | str, ...], message: str) -> str:
    place = ".".join(str(part)[:_MAX_SHOWN] for part in path)
    if kind != "extra_forbidden":
        return f"{place}: {message}."
    names = _names(arguments)
    near = get_close_matches(str(path[-1])[:_MAX_SHOWN], names, n=1)
    return f"{place}: no such argument. " + (f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}.")


@cache
def _names(arguments: type[BaseModel]) -> list[str]:
    """The names of arguments, and of those inside them."""
    definitions = arguments.model_json_schema().get("$defs", {}).values()
    inner = [name for definition in definitions for name in definition.get("properties", {})]
    return [*arguments.model_fields, *inner]


def _success(result: BaseModel) -> protocol.CallToolResult:
    """Both structured and, for clients that know only text, as JSON."""
    text = result.model_dump_json(exclude_none=True, exclude_defaults=True)
    return protocol.CallToolResult(
        content=[protocol.TextContent(type="text", text=text)], structured_content=result.model_dump(mode="json")
    )


def _failure(message: str) -> protocol.CallToolResult:
    return protocol.CallToolResult(content=[protocol.TextContent(type="text", text=message)], is_error=True)
