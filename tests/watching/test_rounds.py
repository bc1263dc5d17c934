"""Rounds: never two at once, and the last state is graded in the end."""

from __future__ import annotations

import queue
import threading

from checker.watching.rounds import Rounds

LIMIT = 20


class Turn:
    def __init__(self) -> None:
        self.over = threading.Event()

    def cancel(self) -> None:
        self.over.set()


class Work:
    """A grading that lasts until it is let go or abandoned, and reads the state of the files at its start."""

    def __init__(self) -> None:
        self.state = 0
        self.begun: queue.Queue[int] = queue.Queue()
        self.let_go = threading.Semaphore(0)
        self.at_once = self.most = 0
        self.lock = threading.Lock()
        self.ended: queue.Queue[int | Exception] = queue.Queue()

    def grade(self, turn: Turn) -> int:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            seen = self.state
        self.begun.put(seen)
        while not turn.over.is_set() and not self.let_go.acquire(timeout=0.01):
            pass
        with self.lock:
            self.at_once -= 1
        return seen

    def save(self, rounds: Rounds[Turn, int]) -> None:
        self.state += 1
        rounds.ask()

    def rounds(self) -> Rounds[Turn, int]:
        return Rounds(Turn, self.grade, self.ended.put)


def test_a_round_is_told() -> None:
    work = Work()
    with work.rounds() as rounds:
        work.save(rounds)
        work.let_go.release()
        assert work.ended.get(timeout=LIMIT) == 1


def test_a_save_in_the_middle_begins_again() -> None:
    work = Work()
    with work.rounds() as rounds:
        work.save(rounds)
        assert work.begun.get(timeout=LIMIT) == 1
        work.save(rounds)
        assert work.begun.get(timeout=LIMIT) == 2
        work.let_go.release()
        assert work.ended.get(timeout=LIMIT) == 2
    assert work.ended.empty()
    assert work.most == 1


def test_many_saves_end_in_the_last_state() -> None:
    work = Work()
    with work.rounds() as rounds:
        for _ in range(200):
            work.save(rounds)
        while work.begun.get(timeout=LIMIT) != 200:
            pass
        work.let_go.release()
        assert work.ended.get(timeout=LIMIT) == 200
    assert work.ended.empty()
    assert work.most == 1


def test_an_error_is_a_result_and_the_next_round_comes() -> None:
    told: queue.Queue[int | Exception] = queue.Queue()

    def grade(_: Turn) -> int:
        raise ValueError("cut off")

    with Rounds(Turn, grade, told.put) as rounds:
        for _ in range(2):
            rounds.ask()
            assert isinstance(told.get(timeout=LIMIT), ValueError)


def test_leaving_ends_what_goes_on() -> None:
    work = Work()
    with work.rounds() as rounds:
        work.save(rounds)
        work.begun.get(timeout=LIMIT)
    assert work.at_once == 0
    assert work.ended.empty()
