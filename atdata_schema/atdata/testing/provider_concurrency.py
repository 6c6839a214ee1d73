"""What every provider does while several processes and threads use it, and when one is killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pytest

from atdata.errors import EntryExists, LeaseLost
from atdata.index.providers.provider import Label, Provider, Search
from atdata.testing.catalogue import a_digest, a_lease, a_schema, an_entry

__all__ = ["ConcurrencyContract", "together"]

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What several processes return that begin the same work at the same moment, each with its number."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(count)
    pipes = [context.Pipe(duplex=False) for _ in range(count)]
    processes = [
        context.Process(target=_child, args=(work, number, barrier, pipe[1]))
        for number, pipe in enumerate(pipes)
    ]
    for process in processes:
        process.start()
    for _, sending in pipes:
        sending.close()
    answers: dict[Connection, Any] = {receiving: None for receiving, _ in pipes}
    waiting = [*answers]
    try:
        while waiting:
            for pipe in wait(waiting):
                assert isinstance(pipe, Connection)
                waiting.remove(pipe)
                answers[pipe] = _received(pipe)
        return [*answers.values()]
    finally:
        # Where one failed, others might wait for it for ever.
        for process in processes:
            process.kill() if waiting else process.join()


def _child(work: Callable[[int], Any], number: int, barrier: Any, pipe: Connection) -> None:
    try:
        barrier.wait(60)
        pipe.send(work(number))
    except Exception as error:
        pipe.send(error)


def _received(pipe: Connection) -> Any:
    try:
        answer = pipe.recv()
    except EOFError:
        raise RuntimeError("a process ended without an answer") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class ConcurrencyContract:
    @needs_fork
    def test_of_many_that_add_a_version_one_wins(self, provider: Provider) -> None:
        provider.versions("notes")  # the parent has used it, so that children inherit what it holds

        def work(number: int) -> list[bool]:
            return [
                _added(provider, an_entry("notes", f"1.{at}.0", description=f"by {number}"))
                for at in range(15)
            ]

        won = together(6, work)
        assert provider.versions("notes") == [f"1.{at}.0" for at in range(15)]
        for at in range(15):
            (winner,) = [number for number in range(6) if won[number][at]]
            entry = provider.entry("notes", f"1.{at}.0")
            assert entry is not None
            assert entry.description == f"by {winner}"
        assert provider.search(Search("notes")) == [provider.entry("notes", "1.14.0")]

    @needs_fork
    def test_nothing_of_many_writers_is_lost(self, provider: Provider) -> None:
        schemas = [a_schema(f"org.example.type{n}") for n in range(3)]

        def work(number: int) -> None:
            for at in range(10):
                schema = schemas[at % 3]
                name = f"n{at % 4}"
                entries = [
                    an_entry(name, f"{number}.{at}.0", schema=schema),
                    an_entry(f"own-{number}", f"1.{at}.0", schema=schema),
                ]
                if number % 2:
                    entries.reverse()
                provider.add_entries((entry, schema) for entry in entries)
                provider.set_label(Label("last", name, f"{number}.{at}.0", "2026"))

        together(6, work)
        found = {(entry.name, entry.version) for entry in provider.entries(latest=False)}
        assert found == {
            pair
            for number in range(6)
            for at in range(10)
            for pair in ((f"n{at % 4}", f"{number}.{at}.0"), (f"own-{number}", f"1.{at}.0"))
        }
        assert {entry.name: entry.version for entry in provider.search(Search())} == {
            **{f"n{n}": f"5.{max(range(n, 10, 4))}.0" for n in range(4)},
            **{f"own-{n}": "1.9.0" for n in range(6)},
        }
        assert provider.label("last") is not None

    @needs_fork
    def test_labels_never_point_to_what_is_removed(self, provider: Provider) -> None:
        def work(number: int) -> None:
            rng = random.Random(number)
            for _ in range(30):
                version = f"1.{rng.randrange(3)}.0"
                action = rng.randrange(3)
                try:
                    if action == 0:
                        provider.add_entry(an_entry("notes", version), a_schema())
                    elif action == 1:
                        provider.delete("notes", version)
                    else:
                        provider.set_label(Label(f"l{version}", "notes", version, "2026"))
                except (EntryExists, KeyError):
                    pass

        together(4, work)
        there = set(provider.versions("notes"))
        assert {label.version for label in provider.labels()} <= there
        latest = max(there, default=None)
        assert [entry.version for entry in provider.search(Search())] == [latest] * bool(there)

    @needs_fork
    def test_nothing_that_is_needed_is_collected(self, provider: Provider, tmp_path: Path) -> None:
        """Writers, a remover and two collectors over a store, which is a folder with one file a digest."""
        digests = [a_digest(n) for n in range(6)]

        def work(number: int) -> int:
            if number < 2:
                return sum(_collect(provider, tmp_path) for _ in range(60))
            return sum(_write(provider, tmp_path, digests, number, at) for at in range(40))

        done = together(5, work)
        for entry in provider.entries(latest=False):
            for shard in entry.splits["train"]:
                assert (tmp_path / str(shard.sha256)).exists(), entry
        assert sum(done[2:]) == 3 * 40
        for entry in [*provider.entries()]:
            provider.delete(entry.name)
        _collect(provider, tmp_path)
        assert list(tmp_path.iterdir()) == []

    @needs_fork
    def test_a_killed_writer_leaves_all_or_nothing(self, provider: Provider) -> None:
        for round_ in range(5):
            pid = os.fork()
            if pid == 0:
                _write_for_ever(provider, round_)
            time.sleep(0.1 + 0.05 * round_)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._check_whole(provider)
        provider.add_entry(an_entry("afterwards"), a_schema())
        assert provider.search(Search("afterwards")) == [an_entry("afterwards")]

    def _check_whole(self, provider: Provider) -> None:
        """Each batch is there as a whole, and every way to look shows it."""
        batches: dict[str, list[str]] = {}
        for entry in provider.entries(latest=False):
            batches.setdefault(entry.version, []).append(entry.name)
        assert all(len(names) == 20 for names in batches.values())
        listed = {entry.name: entry for entry in provider.entries()}
        assert {entry.name: entry for entry in provider.search(Search("batch"))} == listed
        for name, entry in listed.items():
            assert provider.versions(name)[-1] == entry.version

    def test_threads_share_one_object(self, provider: Provider) -> None:
        def work(number: int) -> None:
            for at in range(10):
                provider.add_entry(an_entry(f"t{number}", f"1.{at}.0"), a_schema())
                assert provider.versions(f"t{number}")[-1] == f"1.{at}.0"
                assert len(list(provider.entries())) >= 1

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        assert len([*provider.entries(latest=False)]) == 80

    @needs_fork
    def test_a_child_uses_what_its_parent_opened_and_both_go_on(self, provider: Provider) -> None:
        provider.add_entry(an_entry("parent"), a_schema())
        listing = provider.entries()
        assert next(listing) == an_entry("parent")

        def work(number: int) -> list[str]:
            provider.add_entry(an_entry(f"child{number}"), a_schema())
            provider.close()
            return [entry.name for entry in provider.entries() if entry.name == "parent"]

        assert together(3, work) == [["parent"]] * 3
        assert [entry.name for entry in provider.entries()] == [
            "child0",
            "child1",
            "child2",
            "parent",
        ]
        assert list(listing) == []

    @needs_fork
    def test_a_fork_while_threads_are_at_work(self, provider: Provider) -> None:
        ended = threading.Event()

        def keep_writing() -> int:
            count = 0
            while not ended.is_set():
                provider.add_entry(an_entry("thread", f"1.{count}.0"), a_schema())
                count += 1
            return count

        with ThreadPoolExecutor(2) as pool:
            writing = pool.submit(keep_writing)
            try:
                for at in range(3):
                    together(2, partial(self._add_one, provider, f"c{at}"))
            finally:
                ended.set()
        assert len(provider.versions("thread")) == writing.result()
        assert len([*provider.entries()]) == 6 + (writing.result() > 0)

    def _add_one(self, provider: Provider, name: str, number: int) -> None:
        provider.add_entry(an_entry(f"{name}{number}"), a_schema())

    def test_a_closed_object_opens_itself_again(self, provider: Provider) -> None:
        provider.add_entry(an_entry("notes"), a_schema())
        provider.close()
        provider.close()
        assert provider.entry("notes") == an_entry("notes")


def _added(provider: Provider, entry: Any) -> bool:
    try:
        provider.add_entry(entry, a_schema())
    except EntryExists:
        return False
    return True


def _collect(provider: Provider, store: Path) -> int:
    """Delete what nothing needs."""
    lease = a_lease("collect")
    provider.lease(lease)
    granted = provider.condemn(lease.token, [path.name for path in store.iterdir()])
    for digest in granted:
        (store / digest).unlink(missing_ok=True)  # the other collector may have been faster
    provider.absolve(lease.token, granted)
    provider.release(lease.token)
    return len(granted)


def _write(provider: Provider, store: Path, digests: list[str], number: int, at: int) -> bool:
    """Write a version of some shards, and remove another one."""
    rng = random.Random(f"{number} {at}")
    wanted = rng.sample(digests, 2)
    lease = a_lease()
    provider.lease(lease)
    waiting = wanted
    while waiting := provider.claim(lease.token, waiting):
        time.sleep(0.001)
    for digest in wanted:
        if not (store / digest).exists():
            (store / digest).touch()
    entry = an_entry(f"n{number}", f"1.{at}.0", digests=wanted)
    provider.add_entry(entry, a_schema(), lease.token)
    provider.release(lease.token)
    if at:
        provider.delete(f"n{number}", f"1.{rng.randrange(at)}.0")
    return True


def _write_for_ever(provider: Provider, round_: int) -> None:
    """Add batches of twenty names, each of a version of its own."""
    try:
        for at in range(1_000_000):
            lease = a_lease()
            provider.lease(lease)
            names = [f"batch{n}" for n in range(20)]
            digests = [a_digest((round_, at))]
            provider.claim(lease.token, digests)
            provider.add_entries(
                (
                    (an_entry(name, f"{round_}.{at}.0", digests=digests), a_schema())
                    for name in names
                ),
                lease.token,
            )
    except LeaseLost:
        pass
    finally:
        os._exit(1)
