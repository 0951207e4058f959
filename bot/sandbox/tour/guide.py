"""Plays what people do at the workplace, waits for what must come of it, and puts both on paper."""

from __future__ import annotations

from typing import Final

from bot.sandbox.aiven.calls import Call
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.render import render_text
from bot.sandbox.tour.paper import Paper
from bot.sandbox.workplace import NAMES, OPS, Workplace, number_in, said

_MOMENT_MS: Final = 5000


class Guide:
    """Each method is one step; it raises TimeoutError or AssertionError when something else happens."""

    def __init__(self, work: Workplace, paper: Paper) -> None:
        self.work = work
        self.paper = paper
        self._told = len(work.aiven.log)

    async def types(self, user: str, text: str, expect: str) -> None:
        """Somebody types a command, and reads the answer that only they see."""
        self._does(user, f"/flow {text}")
        await self.work.type(user, text, expect)
        self._answered(user)

    async def asks(self, user: str, text: str) -> int:
        """Somebody asks for a change: the number of the request, its card is in the channel."""
        self._does(user, f"/flow {text}")
        number = await self.work.ask(text, user)
        self._answered(user)
        await self.sees(number, "waiting for approval")
        return number

    async def clicks(self, user: str, number: int, action: str) -> None:
        """Somebody clicks a button of a card."""
        self._does(user, f"clicks [{action.capitalize()}] on request {number}")
        await self.work.click(user, number, action)

    async def confirms(self, user: str, action: str) -> int:
        """Somebody clicks the button of the answer that only they see; the number of the request that it is about."""
        asked = self.work.slack.ephemeral_to(user)[-1]
        question = asked.text
        self._does(user, f"clicks [{action.capitalize()}]")
        await self.work.slack.click(user, asked, action)
        await self.work.slack.wait_for(lambda: self.work.slack.ephemeral_to(user)[-1].text != question)
        self._answered(user)
        return number_in(question)

    async def is_called(self, expect: str) -> Message:
        """Everybody sees a message that is no card."""
        slack = self.work.slack
        (called, *_) = await slack.wait_for(lambda: [each for each in slack.in_channel(OPS) if expect in each.text])
        self.shows(called)
        return called

    async def asks_by_click(self, user: str, message: Message, action: str, label: str) -> int:
        """Somebody asks for a change with a button of a message; the number of the request."""
        self._does(user, f"clicks [{label}]")
        seen = len(self.work.slack.ephemeral_to(user))
        await self.work.slack.click(user, message, action)
        (answer, *_) = await self.work.slack.wait_for(lambda: self.work.slack.ephemeral_to(user)[seen:])
        self.shows(answer)
        number = number_in(said(answer, "waits for approval"))
        await self.sees(number, "waiting for approval")
        return number

    async def reads(self, number: int, expect: str) -> None:
        """Everybody reads this on the card."""
        card = await self.work.card(number, "")
        await self.work.slack.wait_for(lambda: expect in str(card.blocks))
        self.shows(card)

    async def clicks_in_vain(self, user: str, number: int, action: str, expect: str) -> None:
        """Somebody clicks, and is told why not."""
        seen = len(self.work.slack.ephemeral_to(user))
        await self.clicks(user, number, action)
        (answer, *_) = await self.work.slack.wait_for(lambda: self.work.slack.ephemeral_to(user)[seen:])
        said(answer, expect)
        self.shows(answer)

    async def sees(self, number: int, expect: str) -> None:
        """Everybody sees the card change."""
        self.shows(await self.work.card(number, expect))

    async def is_told(self, number: int, expect: str) -> None:
        """The requester gets word of how it ended, in the thread of the card."""
        slack = self.work.slack
        card = await self.work.card(number, "")
        (told, *_) = await slack.wait_for(lambda: [each for each in slack.in_channel(OPS) if each.thread_ts == card.ts])
        said(told, expect)
        self.shows(told)

    def later(self, seconds: int, words: str) -> None:
        """Time passes."""
        self.paper.text(f"\n… {words} …\n")
        self.work.clock.offset += seconds * 1000

    def shows(self, message: Message) -> None:
        """Puts a message on paper, and the calls that were answered since the last one."""
        who = message.ephemeral_to
        place = (
            f"to {NAMES[who]} only" if who else f"in #{NAMES[OPS]}" + (", in the thread" if message.thread_ts else "")
        )
        self.paper.said(f"Sluice, {place}:", render_text(message, NAMES), self._calls())

    def _does(self, user: str, what: str) -> None:
        # People take a moment to read and type, which nobody wants to wait for here; Slack's pace allows more then.
        self.work.clock.offset += _MOMENT_MS
        self.paper.said(f"\n{NAMES[user]}  {what}", "")

    def _answered(self, user: str) -> None:
        self.shows(self.work.slack.ephemeral_to(user)[-1])

    def _calls(self) -> list[Call]:
        """The calls that were answered since the last time."""
        new = [call for call in self.work.aiven.log[self._told :] if call.status is not None]
        self._told += len(new)
        return new
