"""The endpoints of a Kafka service: its topics and its two kinds of access control lists."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from bot.sandbox.aiven.account import SERVICE_PATH
from bot.sandbox.aiven.lookup import kafka_of
from bot.sandbox.aiven.shapes import topic_detail, topic_object
from bot.sandbox.aiven.wire import ApiError, reply
from bot.sandbox.aiven.world import World


class Kafka:
    """Handlers over one world."""

    def __init__(self, world: World) -> None:
        """Reads this world."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """What to add to the application."""
        return [
            web.get(f"{SERVICE_PATH}/topic", self.topics),
            web.get(SERVICE_PATH + "/topic/{topic:[^/]+}", self.topic),
            web.get(f"{SERVICE_PATH}/acl", self.acl),
            web.get(f"{SERVICE_PATH}/kafka/acl", self.kafka_acl),
        ]

    async def topics(self, request: web.Request) -> web.Response:
        """All topics, without pages."""
        return reply({"topics": [topic_object(topic) for topic in kafka_of(self._world, request).topics.values()]})

    async def topic(self, request: web.Request) -> web.Response:
        """One topic with its partitions."""
        name = request.match_info["topic"]
        topic = kafka_of(self._world, request).topics.get(name)
        if topic is None:
            raise ApiError(HTTPStatus.NOT_FOUND, f"Topic '{name}' does not exist", "kafka_topic_not_found")
        return reply({"topic": topic_detail(topic)})

    async def acl(self, request: web.Request) -> web.Response:
        """Aiven's own access control list."""
        return reply({"acl": kafka_of(self._world, request).acl})

    async def kafka_acl(self, request: web.Request) -> web.Response:
        """Kafka's access control list, and Aiven's again."""
        service = kafka_of(self._world, request)
        return reply({"kafka_acl": service.kafka_acl, "acl": service.acl})
