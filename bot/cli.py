"""The `sluice` command."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import uvloop

from bot import audit_log, policy_tool
from bot.app import RefusedError, Sluice
from bot.core.policy import PolicyError
from bot.settings import Settings, SettingsError, StoreSettings, load
from bot.store.audit import WorkspaceError
from bot.store.opening import OPENING_ERRORS

_REFUSED: Final = 2

_QUERY: Final = re.compile(r"\?[^\s'\"]+")

_COLLECT_AFTER: Final = 20_000
"""New objects between two collections: Python's own 700 come together within two or three deliveries."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code: 0 well, 1 the tour failed or the audit log is not whole, 2 it did not start."""
    parser = argparse.ArgumentParser(prog="sluice", description="Controls MirrorMaker 2 replication flows from Slack.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the bot; configured by the environment")
    tour = commands.add_parser("try", help="play a tour against simulators: no account, no network")
    tour.add_argument("--keep", action="store_true", help="leave it running on localhost afterwards")
    _add_audit(commands.add_parser("audit", help="the audit log, read from REDIS_URL or SLUICE_DATA_DIR"))
    _add_policy(commands.add_parser("policy", help="check, test, compare and apply the policy; explain decisions"))
    chosen = parser.parse_args(arguments)
    match chosen.command:
        case "serve":
            return _serve()
        case "audit":
            return _audit(chosen)
        case "policy":
            return _policy(chosen)
        case _:
            return _try(keep=chosen.keep)


def _add_audit(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser("verify", help="check that nobody changed it; exit code 1 when somebody did")
    export = verbs.add_parser("export", help="print entries as JSON lines")
    for flag, name, says in (("--from", "first", "from this number or time on"), ("--to", "last", "up to it")):
        export.add_argument(flag, dest=name, type=audit_log.bound, metavar="N|TIME", help=says)
    tail = verbs.add_parser("tail", help="print the newest entries as JSON lines")
    tail.add_argument("-n", dest="count", type=int, default=10, metavar="N", help="how many")
    tail.add_argument("-f", "--follow", action="store_true", help="and those that come")
    for each in (verify, export, tail):
        each.add_argument("--team", metavar="T…", help="the workspace, when the store holds several")


def _add_policy(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    check = verbs.add_parser("check", help="say what is wrong with a policy file, by line")
    test = verbs.add_parser("test", help="try a table of cases on a policy file")
    verbs.add_parser("schema", help="print the JSON Schema of policy files")
    show = verbs.add_parser("show", help="print the policy in force")
    diff = verbs.add_parser("diff", help="show what a policy file would change")
    apply = verbs.add_parser("apply", help="show what would change, and put it in force")
    explain = verbs.add_parser("explain", help="tell why somebody may or may not ask for something")
    for each in (check, test, diff, apply):
        each.add_argument("file", type=Path, metavar="FILE")
    test.add_argument("cases", type=Path, metavar="CASES")
    apply.add_argument("--yes", dest="sure", action="store_true", help="do not ask")
    explain.add_argument("who", metavar="USER", help="Slack id of the person (U…)")
    explain.add_argument("place", metavar="PLACE", help="PROJECT/SERVICE/SOURCE->TARGET")
    explain.add_argument("rights", nargs="+", metavar="RIGHT", help="such as flow.delete")
    explain.add_argument("--group", dest="groups", action="append", default=[], metavar="S…", help="a group of theirs")
    for each in (show, diff, apply, explain):
        each.add_argument("--team", metavar="T…", help="the workspace, when the store holds several")


def _policy(chosen: argparse.Namespace) -> int:
    _configure_logs(logging.WARNING)
    wanted = policy_tool.Wanted(**{name: value for name, value in vars(chosen).items() if name != "command"})
    try:
        done = policy_tool.offline(wanted)
        return uvloop.run(policy_tool.run(load(StoreSettings), wanted)) if done is None else done
    except (SettingsError, PolicyError) as error:
        return _refuse(error.lines)
    except (*OPENING_ERRORS, WorkspaceError, policy_tool.PolicyToolError) as error:
        return _refuse([str(error)])


def _audit(chosen: argparse.Namespace) -> int:
    _configure_logs(logging.WARNING)
    options = {name: value for name, value in vars(chosen).items() if name != "command"}
    try:
        return uvloop.run(audit_log.run(load(StoreSettings), audit_log.Wanted(**options)))
    except SettingsError as error:
        return _refuse(error.lines)
    except (*OPENING_ERRORS, WorkspaceError, audit_log.AuditError) as error:
        return _refuse([str(error)])
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # Whoever read has enough, as in `| head`; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _serve() -> int:
    _configure_logs(logging.INFO)
    try:
        uvloop.run(_run(Sluice(load(Settings))))
    except (SettingsError, PolicyError) as error:
        return _refuse(error.lines)
    except (RefusedError, *OPENING_ERRORS) as error:
        return _refuse([str(error)])
    return 0


async def _run(sluice: Sluice) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, sluice.stop)
    settled = asyncio.create_task(_settle(sluice))
    await sluice.run()
    settled.cancel()


async def _settle(sluice: Sluice) -> None:
    """What is there when we are ready stays: the collector need not stop us for it any more, 60 ms each time."""
    await sluice.ready.wait()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


def _refuse(lines: Sequence[str]) -> int:
    for line in lines:
        print(f"sluice: {line}", file=sys.stderr)
    return _REFUSED


def _try(*, keep: bool) -> int:
    # Only the tour needs the simulators; the bot does not load them.
    from bot.sandbox.tour import play  # noqa: PLC0415

    _configure_logs(logging.WARNING)
    return uvloop.run(play(keep=keep))


def _configure_logs(level: int) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(without_trace)
    # Below these levels they write whole bodies and URLs, which hold response_urls and texts (slack_bolt 1.30.0).
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    for name in ("slack_sdk", "httpx", "httpcore", "aiohttp"):
        logging.getLogger(name).setLevel(logging.WARNING)


def without_trace(record: logging.LogRecord) -> bool:
    """Leaves the kind of an error instead of its trace, which could hold what people typed, and tokens.

    What stands before it may name the address of a websocket, which lets in whoever has it.
    """
    if record.exc_info and record.exc_info[0] is not None:
        told = _QUERY.sub("?…", record.getMessage())
        record.msg, record.args = f"{told}: {record.exc_info[0].__name__}", ()
        record.exc_info = record.exc_text = None
    return True
