"""What the journal's records add up to."""

from __future__ import annotations

from comfyui_items import item

from jupyter_restart.comfyui_node.ledger import Ending, How, Ledger
from jupyter_restart.comfyui_node.records import (
    Accepted,
    Finished,
    GateChanged,
    Kept,
    Opened,
    Outcome,
    Place,
    PutBack,
    Record,
    Renumbered,
    Returned,
    Started,
    StoppedByUser,
    decode,
    encode,
)

OPENED = Opened(at=1.0, pid=7)


def ledger_of(*records: Record) -> Ledger:
    ledger = Ledger()
    for record in records:
        ledger.apply(record)
    return ledger


def accepted(entry: int, number: float, prompt_id: str = "") -> Accepted:
    return Accepted(entry, item(number, prompt_id or f"p{entry}"), at=2.0)


def order(ledger: Ledger, *places: Place) -> list[str]:
    return [prompt.prompt_id for prompt in ledger.in_order(*(places or (Place.WAITING, Place.RUNNING)))]


def test_prompts_come_in_the_order_in_which_comfyui_would_run_them():
    ledger = ledger_of(OPENED, accepted(1, 5), accepted(2, -3), accepted(3, 0.5), accepted(4, 5, "a"))
    assert order(ledger) == ["p2", "p3", "a", "p1"]


def test_a_finished_prompt_is_gone_and_remembered():
    done = Finished(1, "p1", Outcome.SUCCESS, at=3.0)
    ledger = ledger_of(OPENED, accepted(1, 0), accepted(2, 1), Started(1), done)
    assert (order(ledger), list(ledger.finished)) == (["p2"], [done])


def test_the_same_prompt_id_twice_is_two_prompts():
    ledger = ledger_of(accepted(1, 0, "same"), accepted(2, 1, "same"), Finished(1, "same", Outcome.SUCCESS, 3.0))
    assert order(ledger) == ["same"]


def test_what_ran_when_comfyui_crashed_waits_again_and_counts_the_crash():
    ledger = ledger_of(OPENED, accepted(1, 0), accepted(2, 1), Started(1), OPENED)
    assert [(p.prompt_id, p.place, p.crashes) for p in ledger.in_order(Place.WAITING)] == [
        ("p1", Place.WAITING, 1),
        ("p2", Place.WAITING, 0),
    ]
    assert ledger.ending == Ending(How.CRASH)


def test_an_ordered_restart_is_no_crash():
    closed = GateChanged(closed=True, purpose="restart", restart_id="r-7")
    ledger = ledger_of(OPENED, accepted(1, 0), Started(1), closed, OPENED)
    assert [(p.prompt_id, p.crashes) for p in ledger.in_order(Place.WAITING)] == [("p1", 0)]
    assert ledger.ending == Ending(How.RESTART, "r-7")


def test_a_gate_that_opened_again_makes_the_next_end_a_crash():
    closed = GateChanged(closed=True, purpose="restart", restart_id="r-7")
    assert ledger_of(OPENED, closed, GateChanged(closed=False), OPENED).ending == Ending(How.CRASH)


def test_the_users_stop_is_told_from_a_crash():
    assert ledger_of(OPENED, StoppedByUser(), OPENED).ending == Ending(How.USER)
    assert ledger_of(OPENED, GateChanged(closed=True, purpose="stop"), OPENED).ending == Ending(How.USER)
    assert ledger_of(OPENED, StoppedByUser(), OPENED, OPENED).ending == Ending(How.CRASH)
    assert ledger_of(OPENED).ending == Ending(How.FIRST)


def test_a_prompt_interrupted_for_a_restart_keeps_its_place():
    ledger = ledger_of(OPENED, accepted(1, 0), accepted(2, 1), Started(1), Returned(1))
    assert order(ledger, Place.WAITING) == ["p1", "p2"]


def test_renumbered_prompts_keep_their_order_when_only_some_were_put_back():
    ledger = ledger_of(OPENED, accepted(1, 9), accepted(2, -5), accepted(3, 7), OPENED)
    for record in (Renumbered([2, 3, 1], first=0), PutBack(2, 0), OPENED):
        ledger.apply(record)
    assert order(ledger) == ["p2", "p3", "p1"]


def test_a_refused_prompt_is_kept_apart_until_it_is_put_back():
    ledger = ledger_of(OPENED, accepted(1, 0), Kept(1, Place.REFUSED, "no such node"))
    assert (order(ledger), order(ledger, Place.REFUSED)) == ([], ["p1"])
    ledger.apply(Renumbered([1], first=4))
    assert [(p.number, p.place, p.why) for p in ledger.prompts.values()] == [(4.0, Place.WAITING, "")]


def test_records_of_unknown_prompts_change_nothing():
    ledger = ledger_of(Started(9), Returned(9), Kept(9, Place.PARKED, ""), PutBack(9, 1), Renumbered([9], 0))
    assert ledger.prompts == {}


def test_a_snapshot_adds_up_to_the_same():
    ledger = ledger_of(
        OPENED, accepted(1, 0), accepted(2, 1), accepted(3, 2), Started(1), Finished(3, "p3", Outcome.ERROR, 3.0),
        Kept(2, Place.PARKED, "stopped"), GateChanged(closed=True, purpose="restart", restart_id="r"), StoppedByUser(),
    )  # fmt: skip
    again = ledger_of(*ledger.snapshot())
    assert vars(again) == vars(ledger)


def test_every_record_survives_its_line():
    records: list[Record] = [
        OPENED, accepted(1, 0), Started(1), Returned(1), Finished(1, "p", Outcome.DELETED, 3.0),
        Kept(1, Place.REFUSED, "why"), Renumbered([1, 2], 3.0), PutBack(1, 2.0),
        GateChanged(closed=True, purpose="stop"), StoppedByUser(),
    ]  # fmt: skip
    assert [decode(encode(record)) for record in records] == records


def test_lines_of_other_versions_and_damaged_ones_are_told_apart_from_records():
    assert decode(b'{"type":"started","entry":4,"later":true}\n') == Started(4)
    lines = (b'{"type":"unknown"}', b'{"type":"started"}', b'{"type":"kept","entry":1,"place":"moon","why":""}', b"[]",
             b"\0\0\0", b'{"type":"sta')  # fmt: skip
    assert [decode(line) for line in lines] == [None] * 6
