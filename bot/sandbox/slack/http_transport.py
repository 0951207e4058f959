"""Deliveries over HTTP: signed posts to the app's request URL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus

import aiohttp

from bot.sandbox.slack.delivery import FAILED, TIMED_OUT, USER_AGENT, Delivery, Parcel, parse, sign


class HttpTransport:
    """Posts to `url`. Signatures carry the real time whatever the simulator's clock says: the app checks against it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str, ack_seconds: float) -> None:
        self._session = session
        self._url = url
        self._secret = secret
        self._ack_seconds = ack_seconds

    async def send(self, parcel: Parcel) -> Delivery:
        """Signs and posts."""
        body = parcel.body()
        return await self.post(body, parcel.headers() | sign(self._secret, int(time.time()), body))

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Delivery:
        """Posts as it is."""
        started = time.perf_counter()
        delivery = await self._attempt(body, {"User-Agent": USER_AGENT, "Accept": "*/*", **headers})
        delivery.seconds = time.perf_counter() - started
        return delivery

    async def _attempt(self, body: bytes, headers: Mapping[str, str]) -> Delivery:
        try:
            async with asyncio.timeout(self._ack_seconds):
                async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                    text = await answer.text()
        except TimeoutError:
            return Delivery(error=TIMED_OUT)
        except aiohttp.ClientError:
            return Delivery(error=FAILED)
        failed = None if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES else FAILED
        return Delivery(status=answer.status, headers=dict(answer.headers), text=text, json=parse(text), error=failed)
