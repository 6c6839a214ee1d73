"""Connections are lent to one thread at a time, and never taken along into a child."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from atdata.index.providers.pool import Pool


class Connection:
    """A connection that knows who uses it."""

    def __init__(self, opened: list[Connection]) -> None:
        self.pid = os.getpid()
        self.usable = True
        self.closed = False
        self.users = 0
        opened.append(self)


@pytest.fixture
def opened() -> list[Connection]:
    return []


def pool_of(opened: list[Connection], *, forks: bool = False) -> Pool[Connection]:
    def close(connection: Connection) -> None:
        assert connection.users == 0
        connection.closed = True

    return Pool(lambda: Connection(opened), close, lambda one: one.usable, forks=forks)


def test_a_connection_is_used_again(opened: list[Connection]) -> None:
    pool = pool_of(opened)
    for _ in range(3):
        with pool.lent() as connection:
            assert not connection.closed
    assert len(opened) == 1


def test_two_users_at_once_have_two(opened: list[Connection]) -> None:
    pool = pool_of(opened)

    def use(_: int) -> None:
        for _ in range(200):
            with pool.lent() as connection:
                connection.users += 1
                time.sleep(0)
                assert connection.users == 1
                connection.users -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(8)))
    assert 1 <= len(opened) <= 8


def test_one_that_is_not_usable_is_closed(opened: list[Connection]) -> None:
    pool = pool_of(opened)
    with pool.lent() as connection:
        connection.usable = False
    assert connection.closed
    with pool.lent() as other:
        assert other is not connection


def test_an_error_of_the_user_passes_and_the_connection_comes_back(
    opened: list[Connection],
) -> None:
    pool = pool_of(opened)
    with pytest.raises(ZeroDivisionError), pool.lent():
        raise ZeroDivisionError
    with pool.lent() as connection:
        assert [connection] == opened


def test_one_that_cannot_be_opened_is_lent_to_nobody(opened: list[Connection]) -> None:
    def fail() -> Connection:
        raise OSError("no")

    pool: Pool[Connection] = Pool(fail, lambda _: None, lambda _: True, forks=False)
    with pytest.raises(OSError, match="no"), pool.lent():
        pass
    assert in_child(lambda: True)  # which would wait for a borrower


def test_clearing_closes_what_is_free_now_and_what_is_lent_later(opened: list[Connection]) -> None:
    pool = pool_of(opened)
    with pool.lent() as lent:
        with pool.lent() as free:
            pass
        pool.clear()
        assert free.closed
        assert not lent.closed
    assert lent.closed
    with pool.lent() as new:
        assert not new.closed


@pytest.mark.parametrize("forks", [True, False])
def test_a_child_has_connections_of_its_own(opened: list[Connection], forks: bool) -> None:
    pool = pool_of(opened, forks=forks)
    with pool.lent():
        pass

    def work() -> bool:
        with pool.lent() as connection:
            mine = connection.pid == os.getpid()
        pool.clear()
        # What is the parent's is closed by the parent alone.
        return mine and connection.closed and opened[0].closed != forks

    assert in_child(work)
    assert opened[0].closed != forks
    with pool.lent() as connection:
        assert connection.pid == os.getpid()


def test_a_fork_waits_until_others_are_through(opened: list[Connection]) -> None:
    pool = pool_of(opened)
    lent, ended = threading.Event(), threading.Event()

    def use() -> None:
        with pool.lent():
            lent.set()
            time.sleep(0.2)
            ended.set()

    thread = threading.Thread(target=use)
    thread.start()
    lent.wait()
    assert in_child(lambda: ended.is_set() and opened[0].closed)
    thread.join()


def test_a_fork_in_the_middle_of_its_own_use_goes_on(opened: list[Connection]) -> None:
    pool = pool_of(opened)

    def work() -> bool:
        with pool.lent() as connection:
            return connection.pid == os.getpid()

    with pool.lent() as connection:
        assert in_child(work)
        assert not connection.closed
    with pool.lent() as again:
        assert again is connection


def test_many_threads_fork_and_use_at_once(opened: list[Connection]) -> None:
    pools = [pool_of(opened), pool_of(opened)]

    def use(number: int) -> bool:
        for pool in pools:
            with pool.lent():
                time.sleep(0.001)
        return number % 4 != 0 or in_child(lambda: use(1))

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(use, range(60)))


def in_child(work: Callable[[], bool]) -> bool:
    pid = os.fork()
    if pid == 0:
        done = False
        try:
            done = work()
        finally:
            os._exit(0 if done else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
