"""When a kernel that has too much memory is restarted: by a virtual clock, and what is measured by a /proc of files."""

import os

import pytest

from jupyter_restart.kernels.limit import Due, Helpless, KernelLimit, Look, Reached
from jupyter_restart.kernels.measuring import Use, measure
from jupyter_restart.kernels.wire import asked_channel
from jupyter_restart.procfs import ProcessIdentity

GB = 2**30
PAGES_OF_GB = GB // os.sysconf("SC_PAGE_SIZE")
SECOND = os.sysconf("SC_CLK_TCK")


def look(memory=6 * GB, *, is_busy=False, kernel_id="k"):
    return Look(kernel_id, f"{kernel_id}.ipynb", memory, is_busy)


class Story:
    """A limit of 5 GB and a notice of two minutes; looks each 30 s."""

    def __init__(self):
        self.limit = KernelLimit(120.0)
        self.now = 1000.0

    def seen(self, *looks):
        self.now += 30
        return list(self.limit.steps(self.now, 5 * GB, looks))


@pytest.fixture
def story():
    return Story()


def test_an_idle_kernel_is_told_and_restarted_after_the_notice(story):
    assert [story.seen(look()) for _ in range(5)] == [[Reached(look())], [], [], [], [Due(look())]]


def test_one_within_its_limit_is_let_be(story):
    assert [story.seen(look(5 * GB - 1)) for _ in range(9)] == [[]] * 9


def test_a_busy_kernel_is_told_and_never_restarted(story):
    busy = look(is_busy=True)
    assert [story.seen(busy) for _ in range(99)] == [[Reached(busy)], *[[]] * 98]


def test_it_must_have_been_idle_for_the_whole_notice(story):
    story.seen(look())
    story.seen(look())
    story.seen(look(is_busy=True))
    assert [story.seen(look()) for _ in range(5)] == [[], [], [], [], [Due(look())]]


def test_one_that_gives_memory_back_is_not_restarted_and_told_again_only_when_it_was_clearly_within(story):
    story.seen(look())
    assert [story.seen(look(4.6 * GB)), story.seen(look()), story.seen(look(4 * GB)), story.seen(look())] == [
        [],
        [],
        [],
        [Reached(look())],
    ]


def test_a_postponed_one_waits_for_as_long_as_was_asked(story):
    story.seen(look())
    story.limit.postpone("k", story.now + 1800)
    assert [story.seen(look()) for _ in range(60)] == [*[[]] * 59, [Due(look())]]


def test_what_was_postponed_before_it_was_seen_counts(story):
    story.limit.postpone("k", story.now + 600)
    assert [story.seen(look()) for _ in range(20)] == [[Reached(look())], *[[]] * 18, [Due(look())]]


def test_one_that_needs_more_than_its_limit_is_not_restarted_again(story):
    story.limit.restarted("k")
    assert [story.seen(look()) for _ in range(9)] == [[Helpless(look())], *[[]] * 8]


def test_one_that_was_within_its_limit_since_its_restart_is_restarted_again(story):
    story.limit.restarted("k")
    assert [story.seen(look(GB)), *(story.seen(look()) for _ in range(5))] == [
        [],
        [Reached(look())],
        [],
        [],
        [],
        [Due(look())],
    ]


def test_who_could_not_be_told_is_told_again_and_has_the_whole_notice(story):
    story.seen(look())
    story.limit.not_told("k")
    assert [story.seen(look()) for _ in range(5)] == [[Reached(look())], [], [], [], [Due(look())]]


def test_one_that_could_not_be_restarted_is_tried_again_later(story):
    for _ in range(5):
        story.seen(look())
    story.limit.failed("k", story.now)
    assert [story.seen(look()) for _ in range(20)] == [*[[]] * 19, [Due(look())]]


def test_each_kernel_is_judged_by_itself(story):
    other = look(GB, kernel_id="other")
    assert [story.seen(look(), other) for _ in range(5)] == [[Reached(look())], [], [], [], [Due(look())]]


def process(root, pid, *, parent=1, session=None, ticks=7, cpu=0, gigabytes=0, pss=None):
    folder = root / str(pid)
    folder.mkdir()
    before = f"{pid} (a ) b) S {parent} {pid} {session or pid} 0 -1 0 0 0 0 0 {cpu} 0 0 0 20 0 1 0 {ticks} 0"
    (folder / "stat").write_text(f"{before} {gigabytes * PAGES_OF_GB} 0\n")
    if pss is not None:
        (folder / "smaps_rollup").write_text(f"00-ff ---p 0 00:00 0 [rollup]\nRss: 1 kB\nPss: {pss * 2**20} kB\n")


def test_a_kernel_has_what_all_have_that_it_has_started(tmp_path):
    process(tmp_path, 40, gigabytes=2, cpu=3 * SECOND)
    process(tmp_path, 41, parent=40, session=41, gigabytes=1, cpu=SECOND)
    process(tmp_path, 42, parent=1, session=40, gigabytes=1)
    process(tmp_path, 50, gigabytes=9)
    (tmp_path / "self").mkdir()
    kernels = {"k": ProcessIdentity(40, 7), "gone": ProcessIdentity(60, 7), "another": ProcessIdentity(50, 8)}
    assert measure(kernels, 5 * GB, tmp_path) == {"k": Use(4 * GB, 4.0)}


def test_what_processes_share_is_counted_once_where_it_matters(tmp_path):
    process(tmp_path, 40, gigabytes=4, pss=2)
    process(tmp_path, 41, parent=40, gigabytes=4, pss=2)
    process(tmp_path, 42, parent=40, gigabytes=1)
    kernels = {"k": ProcessIdentity(40, 7)}
    assert [measure(kernels, limit * GB, tmp_path)["k"].memory_bytes for limit in (9, 10)] == [5 * GB, 9 * GB]


@pytest.mark.parametrize(
    ("message", "channel"),
    [
        (b"".join(n.to_bytes(8, "little") for n in (2, 24, 29)) + b"shell{}", "shell"),
        (b"".join(n.to_bytes(8, "little") for n in (2, 24, 31)) + b"control{}", "control"),
        (b"short", "shell"),
        (b"\xff" * 40, "shell"),
        ('{"channel": "control"}', "shell"),
    ],
)
def test_a_request_says_by_its_beginning_what_it_is_for(message, channel):
    assert asked_channel(message) == channel
