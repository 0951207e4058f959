"""Java's expressions: read as Java reads them, matched in bounded time, and judged."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.core.topics.danger import is_explosive
from bot.core.topics.expression import Expression, Flaw, Kind
from bot.core.topics.java import read
from bot.core.topics.matcher import MOST_ROWS, Matcher
from bot.core.topics.names import LETTERS, NAME_MAX_LENGTH, NEVER, is_internal
from bot.core.topics.net import MOST_POSITIONS, TooLargeError, joined, net_of
from bot.core.topics.selection import Patterns, Run


def matches(item: str, name: str) -> bool:
    return Run(Patterns((item,))).accepts(name)


def flaw(item: str) -> Flaw:
    found = read(item)
    assert isinstance(found, Flaw), item
    return found


@pytest.mark.parametrize(("item", "names", "others"), [
    ("orders", ["orders"], ["orders.created", "xorders", "order", ""]),
    ("orders.*", ["orders", "orders.created"], ["my.orders"]),
    (r"orders\..+", ["orders.a"], ["orders.", "orders", "orders-a"]),
    ("a.c", ["abc", "a.c", "a-c"], ["ac", "abbc"]),
    ("a|bc|", ["a", "bc", ""], ["b", "ac"]),
    ("a(?:b|c)?d", ["ad", "abd", "acd"], ["abcd"]),
    ("(?<part>a)+", ["a", "aaa"], ["", "b"]),
    ("()", [""], ["a"]),
    ("[a-c]{2}", ["ab", "cc"], ["a", "abc", "ad"]),
    ("(a{2})?b", ["b", "aab"], ["ab"]),
    ("a{0}b", ["b"], ["ab"]),
    ("x{300}|y", ["y"], ["x" * 249]),
    ("a*?b+?", ["b", "aab"], ["a"]),
    ("[^a-z]", ["A", ".", "_"], ["a"]),
    ("[]a]", ["a"], ["b"]),
    ("[^]a]", ["b"], ["a"]),
    ("[a-]", ["a", "-"], ["b"]),
    ("[-a]", ["a", "-"], ["b"]),
    (r"[\d-z]", ["5", "-", "z"], ["a", "y"]),
    ("[a-c-e]", ["b", "-", "e"], ["d"]),
    ("[+--]", ["-"], ["a"]),
    (r"[\.\w]", [".", "a", "_"], ["-"]),
    (r"\d\D\w\W\s?\S\h?\H\v?\V", ["1a_.xyz"], ["11_.xyz"]),
    (r"\t?a", ["a"], ["ta"]),
    (r"\Qa.b\E+", ["a.b", "a.bb"], ["a.ba.b", "axb"]),
    (r"\Qa.b", ["a.b"], ["axb"]),
    (r"\Q\E", [""], ["Q"]),
    ("^a$", ["a"], ["^a$"]),
    ("^a|b$", ["a", "b"], ["ab"]),
    (r"\Aa\z|b\Z", ["a", "b"], ["ab"]),
    ("(?!test).*", ["orders", "tes"], ["test", "test.x"]),
    ("^(?!.*-test$).*$", ["orders", "x-test-y"], ["x-test"]),
    ("(?=a)(?=.*z).*", ["az", "abcz"], ["a", "z"]),
    ("(?!a|b).*", ["c"], ["a", "bx"]),
    ("  orders ", ["orders"], [" orders "]),
    ("é", [], ["e"]),
    ("a}]", [], ["a"]),
])  # fmt: skip
def test_an_item_matches_whole_names_as_in_java(item: str, names: list[str], others: list[str]) -> None:
    assert isinstance(read(item), Expression)
    assert [name for name in names if not matches(item, name)] == []
    assert [name for name in others if matches(item, name)] == []


@pytest.mark.parametrize(("item", "what"), [
    ("a(", "not closed"), ("(?:a", "not closed"), ("a)", "without an opening"), ("[a", "not closed"),
    ("[]", "not closed"), ("[^", "not closed"), ("*a", "nothing to repeat"), ("a**", "nothing to repeat"),
    ("a|+", "nothing to repeat"),
    ("a???", "nothing to repeat"), ("(*a)", "nothing to repeat"), ("{", "nothing to repeat"), ("a{", "begins no"),
    ("a{x}", "begins no"), ("a{1", "begins no"), ("a{99999999999}", "no number"), ("a{2}*", "nothing to repeat"),
    ("[z-a]", "no range"), (r"[a-\d]", "no range"), ("\\", "backslash at the end"), (r"\i", "no escape"),
    (r"\E", "no escape"), ("(?P<n>a)", "no kind of group"), ("(?#c)", "no kind of group"),
    ("(?<n>a)(?<n>b)", "two groups"), ("(?!a", "not closed"),
])  # fmt: skip
def test_what_java_refuses_is_broken(item: str, what: str) -> None:
    found = flaw(item)
    assert found.kind is Kind.BROKEN
    assert what in found.what


@pytest.mark.parametrize("item", [
    "(?i)a", "(?i:a)", "(?)", r"\p{Alpha}", r"a\b", r"(a)\1", r"\k<n>", r"\x41", r"\cA", r"\R", "a*+", "a{2}+", "(?>a)",
    "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "(?!a)b|c", "[a&&b]", "[a[b]]", "[a-[b]]", "[[:alpha:]]", "a^b", "a$b",
    "(^a)", "(a$)", r"a\Ab", r"(\z)", "^*a", "$?", "(?!a)*b", "x*{2}", "{3}", r"[\t]", "(" * 60 + "a" + ")" * 60,
    "(?=a$b)c",
])  # fmt: skip
def test_what_is_right_for_java_and_not_tried_here_is_not_called_broken(item: str) -> None:
    assert flaw(item).kind is Kind.BEYOND


def test_a_comma_is_neither() -> None:
    assert flaw("a{1,3}") == Flaw(Kind.COMMA, "a{1,3}", "a comma")


PIECES = st.sampled_from([
    "a", "b", "c", ".", r"\.", "[ab]", "[^a]", r"\d", r"\w", "(", ")", "|", "*", "+", "?", "{2}", "(?:", "a*", ".*",
    "x-",
])  # fmt: skip


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(PIECES, max_size=9).map("".join), st.text(alphabet="aabbcx1.-_B", max_size=7))
@example("(a|ab)(c|bcd)*", "abcd")
def test_on_what_both_understand_it_agrees_with_pythons_matching(item: str, name: str) -> None:
    """The syntax of these pieces is the same in both; `re` can take long, but not on so short a name."""
    assume(isinstance(read(item), Expression))
    assert matches(item, name) is (re.fullmatch(item, name, re.ASCII) is not None)


@given(st.text(alphabet="ab.*+?()[]|\\{}^$-1QE<=!:&,pi", max_size=12))
def test_any_text_is_read_or_has_a_flaw(text: str) -> None:
    found = read(text)
    assert isinstance(found, Expression | Flaw)
    assert read(text) == found


@given(
    st.text(alphabet=sorted(LETTERS), max_size=12)
    | st.sampled_from(["__x", ".x", "a.internal", "b-internal", "internal"])
)
def test_the_names_never_copied_are_the_same_as_an_expression(name: str) -> None:
    assert matches(NEVER, name) is is_internal(name)


@given(st.text(alphabet="ab.-", min_size=1, max_size=12))
def test_a_quoted_text_stands_for_itself(text: str) -> None:
    found = read(rf"\Q{text}\E")
    assert isinstance(found, Expression)
    assert found.text == text


@pytest.mark.parametrize(
    ("item", "text"), [("a.b", None), (r"a\.b", "a.b"), ("a", "a"), ("(?!a)b", None), ("a?", None)]
)
def test_an_item_that_stands_for_one_name_says_which(item: str, text: str | None) -> None:
    found = read(item)
    assert isinstance(found, Expression)
    assert found.text == text


def test_many_items_are_one_automaton() -> None:
    trees = [found.tree for item in ("a+", "b.c", "") if isinstance(found := read(item), Expression)]
    matcher = Matcher(joined(map(net_of, trees)))
    assert [name for name in ("", "aa", "bxc", "ab", "b.c") if matcher.accepts(name)] == ["", "aa", "bxc", "b.c"]


def test_an_expression_with_too_many_places_is_not_tried() -> None:
    found = read(f"(a{{200}}){{{MOST_POSITIONS // 200 + 1}}}")
    assert isinstance(found, Expression)
    with pytest.raises(TooLargeError):
        net_of(found.tree)


def test_a_matcher_gives_up_rather_than_to_work_out_ever_more() -> None:
    """`.*a.{20}` has about a million sets of positions; a name brings up one for each letter."""
    found = read(".*a.{20}")
    assert isinstance(found, Expression)
    matcher = Matcher(net_of(found.tree))
    names = (f"{number:0249b}".replace("0", "a").replace("1", "b") for number in range(2 * MOST_ROWS))
    with pytest.raises(TooLargeError):
        _ = [matcher.accepts(name) for name in names]


@pytest.mark.parametrize("item", [
    "(a+)+", "(a|a)*b", "(.*)*", "(.*a){12}", "(a*)*b", "(a*b*)*c", r"(\w+\.?)+x", "(a|ab|ba)*", "(aa|a)*b", "(a?a?)*b",
    "(?:x+y?)+", "(.+.+)+", r"(.*\.)*x", "([a-z.]+)*z", "x(y(a+)+)?", f"({'|'.join(['a'] * 100)})*",
])  # fmt: skip
def test_expressions_that_can_be_read_in_very_many_ways_are_known(item: str) -> None:
    found = read(item)
    assert isinstance(found, Expression)
    assert is_explosive(found.tree)


@pytest.mark.parametrize("item", [
    ".*", r"orders\..*", ".*a.*b.*c.*", r"(\w+\.)*x", "([a-z]+-)*[a-z]+", "(a|b)*", r".*[\-\.]internal", "(a?)*b",
    "ab" * 1001 + ".*", "(|a)+b", "([a-f0-9]{8}-){4}x", "(?:x+y)+", "(a{1})*", "(ab|cd|e)*f", "(x[a-z]{9}){20}",
    "(ab|cd){9}", "a{200}", "((a{200}){200}){200}", "", "(a*){3}",
])  # fmt: skip
def test_expressions_that_cannot_are_not_accused(item: str) -> None:
    found = read(item)
    assert isinstance(found, Expression)
    assert not is_explosive(found.tree)


def test_a_catastrophic_expression_takes_as_long_as_any_other() -> None:
    """With backtracking these would take longer than the universe is old."""
    name = "a" * (NAME_MAX_LENGTH - 1) + "!"
    assert not any(matches(item, name) for item in ("(a+)+b", "(.*a){30}", "(a|aa)+b", "(.*.*)*b"))
