"""Which topics a flow copies, what the copies are called, and what flows have in common."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.fields import IDENTITY_POLICY, MIRRORMAKER_EXCLUSIONS
from bot.core.flow import Wire
from bot.core.topics.loops import Edge, loop_through
from bot.core.topics.meeting import Common, common, only
from bot.core.topics.names import comes_from, is_internal, remote_name
from bot.core.topics.preview import Preview, preview
from bot.core.topics.selection import Patterns, Selection, is_identity, own_exclusions, spellings, topics_of

IDENTITY: Wire = {"replication_policy_class": IDENTITY_POLICY}
NAMES = ["a", "b", "a.x", "a.replica", "__x", "x.internal", "us.a", "eu.us.a"]


def selection(*topics: str, exclude: tuple[str, ...] = ()) -> Selection:
    return Selection(Patterns(topics), Patterns(exclude))


@pytest.mark.parametrize(("flow", "picked"), [
    ({}, ["a", "b", "a.x", "us.a", "eu.us.a"]),
    ({"topics": []}, ["a", "b", "a.x", "us.a", "eu.us.a"]),
    ({"topics": ["a"]}, ["a"]),
    ({"topics": ["a", "b.*"]}, ["a", "b"]),
    ({"topics": ["a.*"]}, ["a", "a.x"]),
    ({"topics": ["a.*"], "topics.blacklist": ["a"]}, ["a.x", "a.replica"]),
    ({"topics": ["a.*"], "topics_exclude": ["a"]}, ["a.x", "a.replica"]),
    ({"topics": ["a.*"], "topics.exclude": ["a", "a.x"]}, ["a.replica"]),
    ({"topics.blacklist": [".*"]}, []),
    ({"topics": ["(?!a).*", "a"]}, ["a", "b", "us.a", "eu.us.a"]),
    ({"topics": [f"name{number}x*" for number in range(200)] + ["b"]}, ["b"]),
])  # fmt: skip
def test_a_list_selects_whole_names_and_exclusions_win(flow: Wire, picked: list[str]) -> None:
    assert Selection.of(flow).pick(NAMES) == tuple(picked)


@pytest.mark.parametrize("items", [["(?i)a"], ["a("], ["a,b"], ["((a{99}){99}){99}"], ["x*" * 9] * 3000])
def test_what_cannot_be_told_is_not_told(items: list[str]) -> None:
    for flow in ({"topics": items}, {"topics.blacklist": items}):
        assert Selection.of(flow).flaws
        assert Selection.of(flow).pick(NAMES) is None


def test_what_would_take_too_much_is_not_told() -> None:
    names = [f"{number:0249b}".replace("0", "a").replace("1", "b") for number in range(5000)]
    assert not selection(".*a.{20}").flaws
    assert selection(".*a.{20}").pick(names) is None


def test_the_lists_that_hold_are_known_in_every_spelling() -> None:
    assert topics_of({"topics": "x"}) == (".*",)
    assert own_exclusions({"topics.exclude": ["x"]}) == ("x",)
    assert own_exclusions({}) == ()
    assert spellings({"topics.exclude": ["x"], "topics.blacklist": ["y"], "topics_exclude": []}) == [
        "topics.blacklist",
        "topics.exclude",
    ]
    assert not is_identity({})
    assert is_identity(IDENTITY)


@pytest.mark.parametrize(("name", "internal"), [
    ("__consumer_offsets", True), (".x", True), ("a.internal", True), ("a-internal", True), ("_schemas", False),
    ("internal", False), ("a.internal.b", False), ("heartbeats", False),
])  # fmt: skip
def test_internal_topics_are_never_copied(name: str, internal: bool) -> None:
    assert is_internal(name) is internal


@pytest.mark.parametrize(("name", "alias", "it_does"), [
    ("us.a", "us", True), ("eu.us.a", "us", True), ("us", "us", False), ("a.us", "us", False), ("us.", "us", False),
    ("us..", "us", False), ("kafka.us.a", "kafka.us", False), ("usa.a", "us", False), ("bus.a", "us", False),
])  # fmt: skip
def test_a_copy_is_told_by_what_stands_before_a_dot(name: str, alias: str, it_does: bool) -> None:
    assert comes_from(name, alias) is it_does


@pytest.mark.parametrize(("name", "identity", "remote"), [
    ("a", False, "eu.a"), ("a", True, "a"), ("heartbeats", True, "eu.heartbeats"),
    ("heartbeats", False, "eu.heartbeats"),
])  # fmt: skip
def test_a_copy_is_called_as_the_policy_says(name: str, identity: bool, remote: str) -> None:
    assert remote_name("eu", name, identity=identity) == remote


def test_a_preview_tells_what_is_copied_and_what_is_left_out() -> None:
    found = preview({"topics.blacklist": ["b"]}, ("eu", "us"), NAMES)
    assert found.copies == (("a", "eu.a"), ("a.x", "eu.a.x"), ("a.replica", "eu.a.replica"))
    assert found.internal == ("__x", "x.internal")
    assert found.from_target == ("us.a", "eu.us.a")
    assert found.can_tell


def test_under_identity_nothing_counts_as_coming_from_the_target() -> None:
    found = preview(IDENTITY, ("eu", "us"), ["us.a", "__x"], Selection.of(IDENTITY))
    assert [each.remote for each in found.copies] == ["us.a"]
    assert found.from_target == ()


def test_a_preview_that_cannot_tell_says_why() -> None:
    found = preview({"topics": ["(?i)a"]}, ("eu", "us"), NAMES)
    assert [each.item for each in found.flaws] == ["(?i)a"]
    assert not found.can_tell
    names = [f"{number:0249b}".replace("0", "a").replace("1", "b") for number in range(5000)]
    assert preview({"topics": [".*a.{20}"]}, ("eu", "us"), names) == Preview(unclear=True)


@pytest.mark.parametrize(("lists", "found"), [
    ([["a"], ["a"]], Common("a")), ([["a"], ["b"]], None), ([["a.*"], ["b.*"]], None),
    ([["a.*"], [".*b"]], Common("ab")),
    ([[r"a\..*"], [r".*\.b"]], Common("a.b")), ([[".*"], ["__x"]], None), ([["a"], ["(?!b).*"]], Common("a")),
    ([["a.*"], ["(?!b).*"]], Common()), ([["(?i)x"], ["a"]], Common()),
    ([[".*a.*"], [".*b.*"], [".*c.*"]], Common("abc")),
    ([["ab?"], ["b?a"], ["a|b"]], Common("a")), ([["a*"], ["b*"]], None), ([["x", "a*"], ["y", "b*a"]], Common("a")),
    ([[".*a.{12}"], [".*b.{12}"]], Common()),
])  # fmt: skip
def test_what_flows_have_in_common_is_told_with_a_name(lists: list[list[str]], found: Common | None) -> None:
    assert common([selection(*topics) for topics in lists]) == found


@pytest.mark.parametrize(("exclude", "found"), [
    (("a.*",), None), (("a",), Common("aa")), (("a", "b"), Common("aa")), ((".*",), None), (("(?!b).*",), Common()),
])  # fmt: skip
def test_what_is_excluded_is_not_in_common(exclude: tuple[str, ...], found: Common | None) -> None:
    assert common([selection("a+"), selection("a.*", exclude=exclude)]) == found


def test_a_name_that_is_excluded_by_name_leaves_it_open_whether_there_is_another() -> None:
    assert common([selection("[ab]"), selection(".", exclude=("a", "."))]) is None
    assert common([selection("[ab]"), selection(".", exclude=("a",))]) == Common()


def test_internal_names_count_if_asked_for() -> None:
    assert common([selection("__.*")]) is None
    assert common([selection("__.*")], internal=True) == Common("__")
    assert common([selection("__x")], internal=True) == Common("__x")


def test_all_names_with_a_beginning_are_a_selection() -> None:
    assert only("a.").pick(["a.b", "axb", "a", "a."]) == ("a.b", "a.")


LISTS = st.lists(
    st.sampled_from(["a", "b", "ab", "a.*", ".*b", "[ab]", "aa?", ".*", "b+", "(ab)*"]), min_size=1, max_size=3
)
WORDS = ["".join(letters) for length in range(1, 5) for letters in product("ab", repeat=length)]


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(st.tuples(LISTS, st.lists(st.sampled_from(["a", ".*b", "a+", "b.*"]), max_size=2)), min_size=1, max_size=3)
)
def test_what_is_in_common_agrees_with_trying_names(lists: list[tuple[list[str], list[str]]]) -> None:
    made = [selection(*topics, exclude=tuple(exclude)) for topics, exclude in lists]
    found = common(made)
    tried = [word for word in WORDS if all(each.pick([word]) for each in made)]
    if found is None:
        assert not tried
    elif found.name is not None:
        assert all(each.pick([found.name]) for each in made)


PLACES = st.sampled_from("xyzw")
TOPICS = st.sets(st.sampled_from("abc"), min_size=1)
EDGES = st.builds(
    lambda source, target, topics: Edge(source, target, selection(*sorted(topics))), PLACES, PLACES, TOPICS
)


@settings(deadline=None)  # the same
@given(EDGES, st.lists(EDGES, max_size=7))
def test_circles_agree_with_following_each_topic(own: Edge, others: list[Edge]) -> None:
    """A topic goes round if one can follow flows that select it from the end of this flow to its beginning."""
    found = loop_through(own, others)
    round_trips = {topic for topic in "abc" if own.selection.pick([topic]) and returns(topic, own, others)}
    assert (found is not None) is bool(round_trips)
    if found is not None:
        assert found.common.name in round_trips
        assert found.way[0] == found.way[-1] == own.source
        assert all(edge.selection.pick([str(found.common.name)]) for edge in found.edges)
        assert len(set(found.way)) == len(found.edges)


def returns(topic: str, own: Edge, others: list[Edge]) -> bool:
    reached = {own.target}
    for _ in others:
        reached |= {edge.target for edge in others if edge.source in reached and edge.selection.pick([topic])}
    return own.source in reached


PLACES_30 = [f"p{number}" for number in range(30)]
BETWEEN = [Edge(one, other, selection(".*")) for one in PLACES_30 for other in PLACES_30 if one != other]


def test_very_many_flows_that_do_not_lead_back_are_no_circle() -> None:
    assert loop_through(Edge("here", "p0", selection(".*")), BETWEEN) is None


def test_among_too_many_ways_a_circle_counts_as_possible() -> None:
    own, back = Edge("here", "there", selection("a", "b")), Edge("p9", "here", selection("b"))
    found = loop_through(own, [*BETWEEN, Edge("there", "p0", selection("a")), back])
    assert found is not None
    assert found.common == Common()


def test_mirrormakers_own_exclusions_are_read() -> None:
    assert not Patterns(MIRRORMAKER_EXCLUSIONS).flaws
