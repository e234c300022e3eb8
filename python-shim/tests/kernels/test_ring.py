"""The ring against a model that keeps everything, and its bound; messages and marks by seeds."""

import contextlib
import random
from pathlib import Path

import pytest

from jupyter_restart.kernels.ring import IOPUB, Held, Mark, Position, Replay, Ring
from jupyter_restart.kernels.spill import Spill


def output(number, size=10):
    return Held(IOPUB, (f"{number}".encode().rjust(size, b"-"),))


def filled(count, limit_bytes=10_000):
    ring = Ring(limit_bytes)
    for number in range(count):
        ring.add_output(output(number), key=number + 1, arrived_ns=number * 10)
    return ring


def test_a_session_gets_what_came_after_its_mark():
    ring = filled(5)
    position = ring.position_after(Mark(key=3, since_ns=0))
    assert ring.take("s", position) == Replay((output(3), output(4)))


def test_a_session_without_a_mark_gets_what_came_since_it_connected():
    ring = filled(5)
    assert ring.take("s", ring.position_after(Mark(0, since_ns=25))).messages == (output(3), output(4))
    assert ring.take("s", ring.position_after(Mark(0, since_ns=999))) == Replay(())


def test_replies_come_in_their_place_and_once():
    ring = filled(2)
    reply = Held("shell", (b"reply",))
    ring.add_reply("s", reply)
    ring.add_reply("other", Held("shell", (b"other's",)))
    ring.add_output(output(2), key=3, arrived_ns=30)
    position = ring.position_after(Mark(key=1, since_ns=0))
    assert ring.take("s", position).messages == (output(1), reply, output(2))
    assert ring.take("s", position).messages == (output(1), output(2))


def test_beyond_the_bound_the_oldest_go_and_the_loss_is_counted():
    ring = filled(5, limit_bytes=35)
    position = ring.position_after(Mark(key=5, since_ns=0))
    for number in range(5, 10):
        ring.add_output(output(number), key=number + 1, arrived_ns=number * 10)
    assert ring.take("s", position) == Replay((output(7), output(8), output(9)), dropped=2, dropped_bytes=20)
    assert ring.held_bytes == 30


def test_a_single_message_larger_than_the_bound_is_kept():
    ring = Ring(10)
    ring.add_output(output(0, size=100), key=1, arrived_ns=0)
    assert ring.take("s", Position(0, 0)) == Replay((output(0, size=100),))


def test_trimming_keeps_the_marked_message():
    ring = filled(5)
    mark = Mark(key=3, since_ns=0)
    ring.trim([ring.position_after(mark)])
    assert ring.knows(mark)
    assert ring.held_bytes == 30
    ring.trim([])
    assert ring.held_bytes == 10


def test_only_the_newest_outputs_are_in_memory_and_all_come_in_order(tmp_path):
    ring = Ring(10_000, Spill(tmp_path, 10_000), in_memory_bytes=25)
    for number in range(8):
        ring.add_output(output(number), key=number + 1, arrived_ns=number)
    assert ring.in_memory_bytes <= 25
    assert ring.held_bytes == 80
    assert ring.has_topic(output(0).frames[0])
    assert ring.take("s", Position(0, 0)) == Replay(tuple(map(output, range(8))))
    ring.close()


def test_what_is_spilled_has_no_name_and_its_space_is_given_back(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    ring = Ring(10_000, Spill(folder, 10_000), in_memory_bytes=0)
    for number in range(5):
        ring.add_output(output(number), key=number + 1, arrived_ns=number)
    assert list(folder.iterdir()) == []
    assert len(open_below(folder)) == 1
    ring.trim([])
    assert open_below(folder) == []


def open_below(folder):
    """Files below a folder that this process has open, those without a name too."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(descriptor.readlink()))
    return [link for link in links if link.startswith(f"{folder}/")]


def test_a_spill_is_written_round_and_round_and_never_over_what_is_held(tmp_path):
    spill, held = Spill(tmp_path, 1_000), []
    for number in range(200):
        messages = ((b"%d" % number, b"x" * (number * 7 % 90)),)
        while True:
            try:
                held.append((messages, spill.put(messages)))
                break
            except OSError:
                spill.drop_oldest()
                held.pop(0)
        assert [spill.get(extent) for _, extent in held] == [each for each, _ in held]
        assert max(extent.end for _, extent in held) <= 2_000
    assert len(held) > 10
    spill.clear()


def test_spilling_is_tried_again_when_what_could_not_be_spilled_has_gone(tmp_path, capsys):
    folder = tmp_path / "state"
    ring = Ring(10_000, Spill(folder, 10_000), in_memory_bytes=0)
    for number in range(4):
        ring.add_output(output(number), key=number + 1, arrived_ns=number)
    assert len(capsys.readouterr().err.splitlines()) == 1
    folder.mkdir()
    ring.trim([])
    ring.add_output(output(4), key=5, arrived_ns=5)
    assert ring.in_memory_bytes == 10
    assert ring.take("s", Position(0, 0)).messages == (output(3), output(4))
    ring.close()


@pytest.mark.parametrize("obstacle", ["no folder", "too long"])
def test_output_that_cannot_be_spilled_stays_in_memory(tmp_path, capsys, obstacle):
    spill = Spill(tmp_path / "gone", 10_000) if obstacle == "no folder" else Spill(tmp_path, 5)
    ring = Ring(10_000, spill, in_memory_bytes=0)
    for number in range(4):
        ring.add_output(output(number), key=number + 1, arrived_ns=number)
    assert ring.take("s", Position(0, 0)) == Replay(tuple(map(output, range(4))))
    assert capsys.readouterr().err.startswith("relay: output is kept in memory: ")


@pytest.mark.parametrize("seed", range(300))
def test_no_session_loses_or_doubles_a_message(seed, tmp_path):
    """Sessions are served at random speed, the server lets go and comes back, the ring is trimmed and bounded."""
    random_ = random.Random(seed)
    limit_bytes = random_.choice([200, 2_000, 1_000_000])
    ring = Ring(limit_bytes, Spill(tmp_path, limit_bytes), in_memory_bytes=random_.choice([0, 100, 1_000_000]))
    said = []
    sessions = {name: {"seen": [], "mark": Mark(0, 0)} for name in ("a", "b", "c")}
    boundaries = None
    for now in range(400):
        action = random_.random()
        if action < 0.6:
            held = output(len(said), size=random_.randint(5, 40))
            ring.add_output(held, key=len(said) + 1, arrived_ns=now)
            said.append(held)
        elif action < 0.85 and boundaries is None:
            serve(random_.choice(list(sessions.values())), said, random_.randint(1, 8))
        elif action < 0.92 and boundaries is None:
            ring.trim([ring.position_after(session["mark"]) for session in sessions.values()])
        elif action < 0.96 and boundaries is None:
            boundaries = {name: ring.position_after(session["mark"]) for name, session in sessions.items()}
        elif boundaries is not None:
            for name, session in sessions.items():
                replay = ring.take(name, boundaries[name])
                session["seen"] += [None] * replay.dropped + list(replay.messages)
                session["mark"] = Mark(len(said), 0)
                lost = said[len(session["seen"]) - len(replay.messages) - replay.dropped :][: replay.dropped]
                assert replay.dropped_bytes == sum(held.size for held in lost), seed
            boundaries = None
    for session in sessions.values():
        expected = said[: len(session["seen"])]
        assert [seen in (None, held) for seen, held in zip(session["seen"], expected, strict=True)] == [True] * len(
            expected
        ), seed
        if limit_bytes == 1_000_000:
            assert None not in session["seen"], seed
    assert ring.held_bytes <= max(limit_bytes, 40), seed
    ring.close()


def serve(session, said, count):
    """The server forwards the next few messages, and sets the mark."""
    at = len(session["seen"])
    session["seen"] += said[at : at + count]
    if session["seen"]:
        session["mark"] = Mark(len(session["seen"]), 0)
