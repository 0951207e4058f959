"""The endpoints for metrics and logs of a service; both read with POST."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from pydantic import JsonValue

from bot.core.flow import Wire
from bot.sandbox.aiven.account import SERVICE_PATH
from bot.sandbox.aiven.lookup import service_of
from bot.sandbox.aiven.model import Service
from bot.sandbox.aiven.wire import ApiError, read_object, reply
from bot.sandbox.aiven.world import World

PERIODS = ("hour", "day", "week", "month", "year")
METRICS = (
    "cpu_usage",
    "mem_usage",
    "mem_available",
    "disk_usage",
    "diskio_read",
    "diskio_writes",
    "load_average",
    "net_receive",
    "net_send",
)
SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
MAX_LOG_LIMIT = 500


class Monitoring:
    """Handlers over one world."""

    def __init__(self, world: World) -> None:
        """Reads this world."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """What to add to the application."""
        return [
            web.post(f"{SERVICE_PATH}/metrics", self.metrics),
            web.post(f"{SERVICE_PATH}/logs", self.logs),
        ]

    async def metrics(self, request: web.Request) -> web.Response:
        """Metrics of the nodes, one table for each; no lag of any flow, as on Aiven."""
        service = service_of(self._world, request)
        body = await read_object(request)
        if body.get("period", PERIODS[0]) not in PERIODS:
            raise ApiError(HTTPStatus.BAD_REQUEST, f"Invalid input for period: must be one of {', '.join(PERIODS)}")
        return reply({"metrics": {name: _table(name, service) for name in METRICS}})

    async def logs(self, request: web.Request) -> web.Response:
        """A page of log lines; `offset` of one reply asks for the page after it."""
        service = service_of(self._world, request)
        body = await read_object(request)
        limit = _limit(body)
        start = _start(body)
        found = _wanted(service, body)
        page = found[start : start + limit]
        return reply({
            "logs": [*page],
            "offset": str(start + len(page)) if found else None,
            "first_log_offset": "0" if found else None,
        })  # fmt: skip


def _table(name: str, service: Service) -> Wire:
    """A Google chart table; its first row repeats the columns (Aiven's own MCP server skips it too)."""
    columns: list[Wire] = [{"label": "time", "type": "date"}]
    columns += [{"label": node, "type": "number"} for node in service.nodes]
    rows: list[list[JsonValue]] = [
        [f"Date(2026,0,5,9,{minute},0)", *(12.5 + minute for _ in service.nodes)] for minute in (0, 30)
    ]
    return {
        "data": {"cols": [*columns], "rows": [[*columns], *rows]},
        "hints": {"title": name.replace("_", " ")},
    }


def _limit(body: Wire) -> int:
    limit = body.get("limit", 100)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_LOG_LIMIT:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"Invalid input for limit: must be 1 to {MAX_LOG_LIMIT}")
    return limit


def _start(body: Wire) -> int:
    offset = body.get("offset") or "0"
    if not isinstance(offset, str) or not offset.isdecimal():
        raise ApiError(HTTPStatus.BAD_REQUEST, "Invalid input for offset: not an offset of an earlier reply")
    return int(offset)


def _wanted(service: Service, body: Wire) -> list[Wire]:
    """The lines at least as severe as asked, in the order asked."""
    order, severity = body.get("sort_order", "asc"), body.get("severity", SEVERITIES[-1])
    if order not in {"asc", "desc"} or severity not in SEVERITIES:
        raise ApiError(HTTPStatus.BAD_REQUEST, "Invalid input for sort_order or severity")
    severe = SEVERITIES[: SEVERITIES.index(severity) + 1]
    found = [line for line in service.logs if line["severity"] in severe]
    return found[::-1] if order == "desc" else found
