"""The key schema. Every key begins with `sluice:{TEAM}:`; the braces make it one slot of a cluster per workspace.

| key            | type   | holds                                          | written by           | ends                     |
|----------------|--------|------------------------------------------------|----------------------|--------------------------|
| `due`          | zset   | item -> when to look at it (ms)                | every commit, claims | items leave when done    |
| `lease`        | hash   | item -> fence of who looks at it               | claims               | with the item            |
| `fence`        | string | the last fence handed out                      | claims               | never                    |
| `in:ID`        | hash   | `v`, `doc`: something a person did, its answer | handlers, worker     | when it is answered      |
| `seen:ID`      | string | that this delivery was taken, and by which try | handlers             | after `SEEN_SECONDS`     |
| `number`       | string | the last request number                        | worker               | never                    |
| `req:N`        | hash   | `v`, `doc`: the request                        | worker               | kept                     |
| `card:N`       | hash   | `v`, `doc`: where its card is, what it shows   | worker               | kept                     |
| `open`         | zset   | numbers of open requests, by number            | worker               | numbers leave at the end |
| `closed`       | zset   | numbers of ended requests, by when (ms)        | worker               | kept                     |
| `of:FLOW`      | zset   | those of `closed` that were about this flow (`PROJECT/SERVICE/A->B`) | worker | with the requests      |
| `did:FLOW`     | zset   | those of `of:FLOW` that changed it, or may have | worker              | with the requests        |
| `ended`        | hash   | state (`:glass` by break-glass) -> how many ended in it; `writes`, `waits` | worker | kept              |
| `asked`        | hash   | digest of a plan -> the open request for it    | worker               | with the open request    |
| `reviews`      | zset   | numbers of requests to be reviewed, by number  | worker               | with the review          |
| `say:ID`       | hash   | `v`, `doc`: a message that is owed to somebody | every commit         | when it is sent          |
| `watched:FLOW` | hash   | `number`: the last request whose write changed this flow | worker     | after `WATCHED_SECONDS`  |
| `lock`         | hash   | `project/service` -> request that writes there | worker               | when that write is known |
| `access`       | hash   | `v`, `policy`, `policy:text`, `grant:…`, `freeze:…` | worker, start        | kept                     |
| `channels`     | hash   | channel -> its default `project/service`       | worker               | kept                     |
| `flows:P/S`    | hash   | what is known of a service's flows, see below  | worker               | when nobody watches it   |
| `found:ID`     | hash   | `v`, `doc`: a drift; `message`: where it was reported | worker        | kept                     |
| `found:open`   | zset   | ids of drifts that are open, by when (ms)      | worker               | ids leave at the end     |
| `found:closed` | zset   | ids of drifts that are over, by when (ms)      | worker               | kept                     |
| `audit`        | stream | `SEQ-0` -> `previous`, `note`, `hash`          | every commit         | kept                     |
| `audit:base`   | hash   | `seq`, `hash` of the last entry that was dropped | worker               | never                    |
| `audit:head`   | hash   | `seq`, `hash` of the newest entry              | every commit         | never                    |

Items of `due`: `in:ID` (answer somebody), `work:N` (take request N further), `card:N` (paint its card), `say:ID` (send a
message), `watch:N` (see how the change of request N is landing), `review:N` (remind of the review of request N), `role:KEY` (a grant
that ends), `drift:PROJECT/SERVICE` (compare its flows with what is known of them), `found:ID` (show what a drift is), `witness` (post the
newest hash), `sweep` (drop what is kept no longer).

Fields of `flows:PROJECT/SERVICE`: `v` grows with each change; `at`: when they were last compared (not before the first
time); `flow:A->B`: what can be set of a flow, as it was last applied or seen; `sent:A->B`: when we wrote it, until it was
seen after that; `told:A->B`: id and digest of the drift that was reported; `trouble`: why they cannot be read, by kind.
"""

# ruff: noqa: E501 - the table

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SEEN_SECONDS: Final = 900
"""Slack's signatures are good for 300 s each way; a repeat within that time, and some more, is recognised."""


WATCHED_SECONDS: Final = 86_400
"""Much longer than anything is watched, though nobody may look for a while."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one workspace."""

    team: str

    def __call__(self, name: str) -> str:
        """The full key for a name of the table above."""
        return f"sluice:{{{self.team}}}:{name}"


def team_of(key: str) -> str:
    """The workspace that a key belongs to."""
    return key.partition("{")[2].partition("}")[0]


def work(number: int) -> str:
    """The item that takes a request further."""
    return f"work:{number}"


def card(number: int) -> str:
    """The item, and the record, of a request's card."""
    return f"card:{number}"


def letter(ident: str) -> str:
    """The item, and the record, of a message that is owed to somebody."""
    return f"say:{ident}"


def review(number: int) -> str:
    """The item that reminds of a review."""
    return f"review:{number}"


def watch(number: int) -> str:
    """The item that looks how a change is landing."""
    return f"{WATCH}{number}"


def watched(flow: str) -> str:
    """Which request changed this flow (`project/service/source->target`) last."""
    return f"watched:{flow}"


def role(key: str) -> str:
    """The item that tells of the end of a grant."""
    return f"role:{key}"


def flows(path: str) -> str:
    """What is known of the flows of `project/service`."""
    return f"flows:{path}"


def drift(path: str) -> str:
    """The item that compares the flows of a service with what is known of them."""
    return f"drift:{path}"


def found(ident: str) -> str:
    """The item, and the record, of a drift that was reported."""
    return f"found:{ident}"


WATCH: Final = "watch:"
"""How the items begin that look how a change is landing."""


SWEEP: Final = "sweep"
"""The item that drops what is kept no longer."""

WITNESS: Final = "witness"
"""The item that posts the newest hash of the audit log."""


def ident(item: str) -> str:
    """What stands after the kind of an item."""
    return item.partition(":")[2]


def request(number: int) -> str:
    """The record of a request."""
    return f"req:{number}"


def ended_of(flow: str) -> str:
    """The index of the requests about a flow that have ended."""
    return f"of:{flow}"


def changes_of(flow: str) -> str:
    """The index of those of them that left a trace."""
    return f"did:{flow}"


def inbox(ident: str) -> str:
    """The item, and the record, of something that a person did."""
    return f"in:{ident}"
