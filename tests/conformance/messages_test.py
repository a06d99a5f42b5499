"""The table of messages holds what it promises, whoever reads it."""
import collections

import messages


def test_the_table_is_complete():
    cases = messages.load()
    names = [case.name for case in cases]
    assert [name for name, count in collections.Counter(names).items() if count > 1] == []
    assert {case.verdict for case in cases} == {"accepted", "refused", "body-refused", "incomplete"}
    bad = [case for case in cases if case.verdict in ("refused", "body-refused")]
    assert sum(case.side == "request" for case in bad) >= 80
    assert sum(case.side == "response" for case in bad) >= 50
    assert all(case.raw for case in cases)
    assert {case.status for case in cases if case.side == "response"} <= {0, 502}


def test_one_side():
    sides = {case.side for case in messages.load("response")}
    assert sides == {"response"}


def test_escapes():
    assert messages.unescaped(r"a\r\n\t\\\x00\xff") == b"a\r\n\t\\\x00\xff"
    assert messages.unescaped(r"\{3:ab\r}c") == b"ab\rab\rab\rc"


def test_head_at_the_limit_is_at_the_limit():
    raw = {case.name: case.raw for case in messages.load()}
    assert len(raw["head-at-the-limit"]) == 64 * 1024
    assert len(raw["head-too-long"]) == 64 * 1024 + 1
    assert len(raw["answer-head-at-the-limit"]) == 64 * 1024
    assert len(raw["answer-head-too-long"]) == 64 * 1024 + 1
