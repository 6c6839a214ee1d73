"""Files on a web server: exact bytes of one state of a file, or an error that says what is wrong."""

from __future__ import annotations

import logging
import os
import pickle
import random
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from atdata.errors import DatasetNotFound, LoadError, SourceError
from atdata.shards.sources import network
from atdata.shards.sources.addresses import is_public
from atdata.shards.sources.https import HttpsSource
from atdata.shards.sources.opening import open_source
from atdata.shards.sources.pace import Pace
from atdata.shards.sources.place import RemotePlace
from atdata.shards.sources.source import Denied
from servers.http import (
    Fault,
    HttpServer,
    Reply,
    both,
    cut,
    dripping,
    fine,
    gone,
    header,
    length,
    redirect,
    status,
    waiting,
    whole,
)

CONTENT = random.Random(0).randbytes(3_000_000)
BIG = bytes(9 << 20)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited; nobody waits."""
    found: list[float] = []
    monkeypatch.setattr("atdata.shards.sources.retrying.sleep", found.append)
    return found


@pytest.fixture
def source(http_server: HttpServer) -> HttpsSource:
    return HttpsSource(RemotePlace(http_server.put("data.tar", CONTENT)))


def test_it_reads_what_is_there_and_asks_for_no_more(
    source: HttpsSource, http_server: HttpServer
) -> None:
    assert source.read(100, 50) == CONTENT[100:150]
    assert http_server.spans("data.tar") == [(100, 150)]
    assert source.size() == len(CONTENT), "the first answer said it"
    assert source.version().startswith('"')
    assert source.read(0, 0) == b""
    assert http_server.sent() == 50
    assert source.read(len(CONTENT) - 1, 1) == CONTENT[-1:]
    assert source.read(0, len(CONTENT)) == CONTENT
    assert b"".join(source.chunks()) == CONTENT
    assert b"".join(source.chunks(5, 1_000_000)) == CONTENT[5:1_000_000]
    assert http_server.connections == 1, "connections are used again"


def test_many_ranges_come_in_their_order_whatever_is_joined(
    source: HttpsSource, http_server: HttpServer
) -> None:
    rng = random.Random(1)
    ranges = [(rng.randrange(2_900_000), rng.randrange(100_000)) for _ in range(40)]
    ranges += [(7, 0), (0, 3), (0, 3), (0, len(CONTENT))]
    assert source.read_many(ranges) == [CONTENT[at : at + size] for at, size in ranges]
    http_server.forget()
    near = [(0, 10), (2000, 10), (1_000_000, 10)]
    source.read_many(near)
    assert sorted(http_server.spans("data.tar"), key=str) == [(0, 2010), (1_000_000, 1_000_010)]


def test_an_empty_file_has_no_bytes(http_server: HttpServer) -> None:
    source = HttpsSource(RemotePlace(http_server.put("empty.tar", b"")))
    assert source.size() == 0
    assert list(source.chunks()) == []
    with pytest.raises(SourceError, match="has no bytes 0 to 1"):
        source.read(0, 1)


def test_bytes_behind_the_end_are_an_error(source: HttpsSource) -> None:
    for at in (len(CONTENT) - 1, len(CONTENT), len(CONTENT) + 10**9):
        with pytest.raises(SourceError, match=r"data\.tar: has no bytes"):
            source.read(at, 2)


PASSING: dict[str, Fault] = {
    "cut in the body": cut(1000),
    "cut before the body": cut(0),
    "reset in the body": cut(300_000, reset=True),
    "reset before the body": cut(0, reset=True),
    "no answer": gone,
    "less than was said": length(-1000),
    "500": status(500),
    "502": status(502),
    "503": status(503, {"Retry-After": "3"}),
    "429": status(429),
    "408": status(408),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again_and_gone_on_with(
    source: HttpsSource, http_server: HttpServer, name: str, waits: list[float]
) -> None:
    fault = PASSING[name]
    http_server.then(fault, fault, fault)
    assert source.read(10, 2_000_000) == CONTENT[10:2_000_010]
    assert len(waits) >= 3
    http_server.then(fault, fault)
    assert b"".join(source.chunks()) == CONTENT


def test_what_came_is_not_asked_for_again(source: HttpsSource, http_server: HttpServer) -> None:
    http_server.then(cut(1_000_000))
    assert source.read(0, 2_000_000) == CONTENT[:2_000_000]
    begin = [span[0] for span in http_server.spans("data.tar") if span is not None]
    assert begin[0] == 0
    assert 700_000 < begin[1] <= 1_000_000


@pytest.mark.parametrize("at", [-1, 300_000], ids=["at once", "in the body"])
def test_a_server_that_stops_sending_is_asked_again(
    source: HttpsSource, http_server: HttpServer, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(network, "PACE", Pace(0.2))
    never = threading.Event()
    http_server.then(waiting(never, at))
    try:
        assert source.read(0, 1_000_000) == CONTENT[:1_000_000]
    finally:
        never.set()
    assert http_server.connections == 2


def test_waits_grow_have_chance_in_them_and_honour_what_the_server_asks(
    source: HttpsSource, http_server: HttpServer, waits: list[float]
) -> None:
    http_server.then(*[status(503)] * 5)
    source.read(0, 1)
    assert all(
        bound / 2 <= wait <= bound for wait, bound in zip(waits, (0.25, 0.5, 1, 2, 4), strict=True)
    )
    waits.clear()
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    http_server.then(status(503, {"Retry-After": "7"}), status(429, {"Retry-After": soon}))
    source.read(0, 1)
    assert waits[0] == 7
    assert 30 < waits[1] <= 50
    http_server.then(status(503, {"Retry-After": "86400"}))
    with pytest.raises(SourceError, match="asks to wait 86400 s"):
        source.read(0, 1)
    for strange in ("some day", "\xb2"):  # which counts as a digit
        http_server.then(status(503, {"Retry-After": strange}))
        assert source.read(0, 1) == CONTENT[:1]


def test_a_server_that_stays_away_is_an_error_that_names_it_and_the_remedy(
    source: HttpsSource, http_server: HttpServer, waits: list[float]
) -> None:
    source.read(0, 1)
    http_server.always(gone)
    with pytest.raises(SourceError) as caught:
        source.read(0, 1)
    assert str(caught.value) == (
        f"{http_server.url}/data.tar: the connection broke off, and again at each of 8 tries: "
        "check the network and the server; an epoch can be taken up again from its state"
    )
    assert len(waits) == 7
    http_server.close()
    with pytest.raises(SourceError, match="cannot be reached|broke off"):
        source.read(0, 1)


def test_bytes_that_come_in_drops_do_not_keep_a_reader_for_ever(
    source: HttpsSource, http_server: HttpServer, waits: list[float]
) -> None:
    http_server.always(cut(10))
    with pytest.raises(SourceError, match="broke off, and again at each of 8 tries"):
        source.read(0, 1_000_000)
    assert [span[0] for span in http_server.spans("data.tar") if span] == list(range(0, 80, 10))
    http_server.always(cut(70_000))
    assert source.read(0, 2_000_000) == CONTENT[:2_000_000], "each one brought enough"


def test_a_host_that_is_none_is_an_error(waits: list[float]) -> None:
    source = HttpsSource(RemotePlace("https://no-such-host.invalid/data.tar"))
    with pytest.raises(
        SourceError, match=r"no-such-host\.invalid/data\.tar: its host has no address"
    ):
        source.size()
    assert len(waits) == 7


@pytest.mark.parametrize("tag", ['"first"', 'W/"first"', None], ids=str)
def test_a_replaced_file_is_an_error_and_never_mixed(
    source: HttpsSource, http_server: HttpServer, tag: str | None
) -> None:
    """By its strong tag, its weak one, or the time of its change: in one reading or between two."""
    date = None if tag else "Wed, 21 Oct 2026 07:28:00 GMT"
    http_server.always(both(header("ETag", tag), header("Last-Modified", date)))
    if tag == '"first"':
        http_server.always(fine)
    assert source.read(0, 10) == CONTENT[:10]
    chunks = source.chunks()
    taken = next(chunks)
    other = bytes(len(CONTENT))
    http_server.files["data.tar"] = other
    if tag != '"first"':
        later = both(
            header("ETag", 'W/"second"' if tag else None), header("Last-Modified", "later")
        )
        http_server.always(later)
    with pytest.raises(SourceError, match=r"data\.tar: was replaced while it was read"):
        source.read(20, 10)
    http_server.then(cut(0))
    rest = b"".join(_until(chunks))
    assert (taken + rest) == CONTENT[: len(taken + rest)]


def _until(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except SourceError:
        return


def test_a_file_that_is_replaced_between_two_tries_is_an_error(
    source: HttpsSource, http_server: HttpServer
) -> None:
    def replaced(reply: Reply) -> None:
        http_server.files["data.tar"] = bytes(len(CONTENT))

    http_server.then(both(cut(1_000_000), replaced))
    with pytest.raises(SourceError, match="was replaced"):
        source.read(0, 2_000_000)


def test_a_size_that_changes_is_a_replaced_file_too(
    source: HttpsSource, http_server: HttpServer
) -> None:
    http_server.always(header("ETag", None))
    source.read(0, 10)
    assert source.version() == ""
    http_server.files["data.tar"] = CONTENT + b"more"
    with pytest.raises(SourceError, match="was replaced"):
        source.read(0, 10)


def test_small_files_of_servers_without_ranges_are_read_whole_and_large_ones_in_order(
    http_server: HttpServer,
) -> None:
    http_server.always(whole)
    small = HttpsSource(RemotePlace(http_server.put("small.tar", CONTENT)))
    assert small.read(1000, 10) == CONTENT[1000:1010]
    assert small.read(2_000_000, 10) == CONTENT[2_000_000:2_000_010]
    assert len(http_server.asked) == 1
    with pytest.raises(SourceError, match="has no bytes"):
        small.read(len(CONTENT), 1)
    large = HttpsSource(RemotePlace(http_server.put("large.tar", BIG)))
    assert large.size() == len(BIG)
    with pytest.raises(SourceError, match=r"large\.tar: the server gives no ranges of bytes"):
        large.read(1000, 10)
    assert sum(map(len, large.chunks())) == len(BIG)
    http_server.then(cut(2_000_000), cut(5_000_000))
    assert sum(map(len, large.chunks(1000))) == len(BIG) - 1000


def test_a_range_that_is_answered_with_status_200_is_a_range(
    source: HttpsSource, http_server: HttpServer
) -> None:
    def other(reply: Reply) -> None:
        reply.status = 200  # as `rclone serve` has it

    http_server.always(other)
    assert source.read(1000, 10) == CONTENT[1000:1010]
    assert http_server.sent() == 10


WRONG: dict[str, tuple[Fault, str]] = {
    "other bytes": (
        header("Content-Range", "bytes 0-9/3000000"),
        "gave other bytes than those asked",
    ),
    "more bytes": (header("Content-Range", "bytes 100-500/3000000"), "gave other bytes than those"),
    "bytes behind the end": (
        header("Content-Range", "bytes 100-109/50"),
        "does not say which bytes",
    ),
    "no bytes": (header("Content-Range", "pages 100-109/50"), "does not say which bytes it gave"),
    "unsaid": (header("Content-Range", None), "does not say which bytes it gave"),
    "packed": (header("Content-Encoding", "gzip"), r"sends it packed \('gzip'\)"),
    "403": (status(403), r"denies access \(403\)"),
    "401": (status(401), r"denies access \(401\)"),
    "400": (status(400), "answered 400"),
    "418": (status(418), "answered 418"),
    "304": (status(304), "answered 304"),
}


@pytest.mark.parametrize("name", WRONG)
def test_answers_that_are_none_are_refused(
    source: HttpsSource, http_server: HttpServer, name: str, waits: list[float]
) -> None:
    fault, text = WRONG[name]
    http_server.always(fault)
    with pytest.raises(SourceError, match=rf"data\.tar: .*{text}"):
        source.read(100, 10)
    assert not waits


def test_more_than_was_asked_for_is_not_taken(source: HttpsSource, http_server: HttpServer) -> None:
    def longer(reply: Reply) -> None:
        reply.body = CONTENT

    http_server.always(longer)
    assert source.read(0, 10) == CONTENT[:10]


def test_a_packed_file_may_be_said_to_be_packed(http_server: HttpServer) -> None:
    http_server.always(header("Content-Encoding", "gzip"))
    source = HttpsSource(RemotePlace(http_server.put("data.tar.gz", CONTENT)))
    assert source.read(0, 10) == CONTENT[:10], "never unpacked on the way"


def test_what_is_not_there_and_what_is_denied_are_told_apart(http_server: HttpServer) -> None:
    with pytest.raises(DatasetNotFound, match=r"none\.tar: there is no such file"):
        HttpsSource(RemotePlace(f"{http_server.url}/none.tar")).read(0, 1)
    http_server.always(status(403))
    with pytest.raises(Denied, match="may have expired"):
        HttpsSource(RemotePlace(f"{http_server.url}/none.tar")).size()


def test_a_server_that_says_no_size_is_read_in_order(http_server: HttpServer) -> None:
    def chunked(reply: Reply) -> None:
        whole(reply)
        reply.headers["Transfer-Encoding"] = "chunked"
        reply.headers["Content-Length"] = ""
        body = reply.content
        reply.body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

    http_server.always(chunked)
    source = HttpsSource(RemotePlace(http_server.put("data.tar", CONTENT)))
    assert b"".join(source.chunks()) == CONTENT
    with pytest.raises(SourceError, match="does not say how large it is"):
        source.size()
    with pytest.raises(SourceError, match="gives no ranges"):
        source.read(100, 10)


def test_reading_all_is_bounded(source: HttpsSource) -> None:
    assert source.read_all(len(CONTENT)) == CONTENT
    with pytest.raises(SourceError, match="more than the 1000000 bytes"):
        source.read_all(1_000_000)


def test_a_signature_and_a_password_are_sent_and_never_shown(
    http_server: HttpServer, caplog: pytest.LogCaptureFixture, waits: list[float]
) -> None:
    caplog.set_level(logging.DEBUG)
    http_server.put("data.tar", CONTENT)
    address = http_server.url.replace("://", "://user:pass%20word@") + "/data.tar?sig=SECRET"
    place = RemotePlace(address)
    source = open_source(place)
    assert source.read(0, 3) == CONTENT[:3]
    asked = http_server.asked[0]
    assert asked.query == "sig=SECRET"
    assert asked.headers["Authorization"] == "Basic dXNlcjpwYXNzIHdvcmQ="
    texts = [repr(place), str(place), source.url, repr(source), caplog.text, place.name]
    for fault in (status(403), status(404), status(503), gone, header("Content-Range", "x")):
        http_server.always(fault)
        with pytest.raises(LoadError) as caught:
            source.read(0, 3)
        texts += [str(caught.value), repr(caught.value)]
    texts.append(caplog.text)
    assert "data.tar" in caplog.text, "what is logged is logged, but for its secrets"
    for text in texts:
        for secret in ("SECRET", "pass", "dXNlcjpwYXNzIHdvcmQ="):
            assert secret not in text
    again = pickle.loads(pickle.dumps(place))
    assert again.address == address, "a worker reads as its parent does"


def test_a_source_works_on_in_a_forked_child_and_in_threads(
    source: HttpsSource, http_server: HttpServer
) -> None:
    source.read(0, 10)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, source.read(50, 4))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == CONTENT[50:54]
    found: dict[int, bytes] = {}

    def read(number: int) -> None:
        found[number] = source.read(number * 1000, 1000)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert b"".join(found[number] for number in range(20)) == CONTENT[:20_000]


def test_a_server_that_drips_is_no_server(
    source: HttpsSource, http_server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "PACE", Pace(0.5, 10**6))
    http_server.always(dripping(0.01))
    with pytest.raises(SourceError, match=r"data\.tar: the server stopped sending, and again"):
        source.read(0, 5000)


def test_https_is_verified(https_server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    source = HttpsSource(RemotePlace(https_server.put("data.tar", CONTENT)))
    assert source.read(5, 10) == CONTENT[5:15]
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr(network, "_networks", {})
    with pytest.raises(SourceError, match="certificate is not trusted"):
        HttpsSource(RemotePlace(f"{https_server.url}/data.tar")).read(5, 10)


def test_redirects_are_followed_and_remembered(http_server: HttpServer) -> None:
    http_server.put("there/data.tar", CONTENT)
    http_server.always(redirect("/there/data.tar?sig=1"), "data.tar")
    source = HttpsSource(RemotePlace(f"{http_server.url}/data.tar"))
    for at in (0, 100, 200):
        assert source.read(at, 10) == CONTENT[at : at + 10]
    assert [one.path for one in http_server.asked] == ["/data.tar", *["/there/data.tar"] * 3]
    assert [one.query for one in http_server.asked] == ["", "sig=1", "sig=1", "sig=1"]
    # A signed address expires: the first one hands out another.
    http_server.forget()
    http_server.then(status(403))
    assert source.read(300, 10) == CONTENT[300:310]
    assert [one.status for one in http_server.asked] == [403, 302, 206]


def test_redirects_without_end_or_to_elsewhere_are_refused(
    http_server: HttpServer, https_server: HttpServer
) -> None:
    http_server.put("data.tar", CONTENT)
    http_server.always(redirect("/again"))
    with pytest.raises(SourceError, match="redirects more than 5 times"):
        HttpsSource(RemotePlace(f"{http_server.url}/data.tar")).read(0, 1)
    for target in (
        "file:///etc/passwd",
        "s3://bucket/key",
        "gopher://x/",
        "//",
        "http://",
        "http://[x",
    ):
        http_server.always(redirect(target))
        with pytest.raises(SourceError, match="redirects"):
            HttpsSource(RemotePlace(f"{http_server.url}/data.tar")).read(0, 1)
    http_server.always(fine)
    https_server.always(redirect(f"{http_server.url}/data.tar"))
    with pytest.raises(SourceError, match="redirects from https to http, which is not followed"):
        HttpsSource(RemotePlace(f"{https_server.url}/data.tar")).read(0, 1)
    http_server.always(redirect(https_server.put("secure.tar", CONTENT)))
    https_server.always(fine)
    assert HttpsSource(RemotePlace(f"{http_server.url}/data.tar")).read(0, 3) == CONTENT[:3]


def test_a_password_stays_with_its_server(
    http_server: HttpServer, https_server: HttpServer
) -> None:
    http_server.always(redirect(https_server.put("data.tar", CONTENT)))
    address = http_server.url.replace("://", "://user:word@") + "/data.tar"
    HttpsSource(RemotePlace(address)).read(0, 1)
    assert "Authorization" in http_server.asked[0].headers
    assert "Authorization" not in https_server.asked[0].headers


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpServer]:
    """A server whose address counts as public; other loopback addresses do not."""
    for name in ("is_public", "may_be_reached"):
        monkeypatch.setattr(network, name, "127.0.0.1".__eq__)
    monkeypatch.setattr(network, "_networks", {})
    monkeypatch.setattr(network, "_seen", {})
    server = HttpServer(host="::1" if sys.platform == "darwin" else "127.0.0.2")
    yield server
    server.close()


def test_a_public_server_leads_to_no_private_one(
    http_server: HttpServer, elsewhere: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = elsewhere.put("secret.tar", CONTENT)
    for target in (secret, "http://169.254.169.254/latest/meta-data", "http://[::1]:9/x"):
        http_server.always(redirect(target))
        source = HttpsSource(RemotePlace(f"{http_server.url}/data.tar"))
        with pytest.raises(SourceError, match="an address of this machine or of a private network"):
            source.read(0, 1)
    # A name that meant a public address when it was looked at, and means another one now.

    def resolved(host: str, port: int | None) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(network, "_resolved", resolved)
    http_server.always(redirect(secret))
    with pytest.raises(SourceError, match="an address of this machine or of a private network"):
        HttpsSource(RemotePlace(f"{http_server.url}/data.tar")).read(0, 1)
    assert not elsewhere.asked
    # From one that is private itself, it is no way in.
    elsewhere.always(redirect("/there.tar"), "secret.tar")
    elsewhere.put("there.tar", CONTENT)
    assert HttpsSource(RemotePlace(secret)).read(0, 3) == CONTENT[:3]


def test_what_others_wrote_is_read_from_public_addresses_only(http_server: HttpServer) -> None:
    place = RemotePlace(http_server.put("data.tar", CONTENT), public_only=True)
    for one in (place, place.with_name("data.tar")):
        with pytest.raises(SourceError, match="127.0.0.1, which is an address of this machine"):
            HttpsSource(one).read(0, 1)
    assert not http_server.asked


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) == public


def test_proxies_of_the_environment_are_used(
    http_server: HttpServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    http_server.put("http://data.example.org/data.tar", CONTENT)
    monkeypatch.setenv("http_proxy", http_server.url.replace("://", "://me:hidden@"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    source = HttpsSource(RemotePlace("http://data.example.org/data.tar?sig=SECRET"))
    assert source.read(0, 10) == CONTENT[:10]
    sent = {name.lower(): value for name, value in http_server.asked[0].headers.items()}
    assert sent["proxy-authorization"] == "Basic bWU6aGlkZGVu"
    direct = HttpsSource(RemotePlace(http_server.put("direct.tar", CONTENT)))
    assert direct.read(0, 10) == CONTENT[:10]
    assert http_server.asked[1].path == "/direct.tar"
    http_server.always(gone)
    with pytest.raises(SourceError) as caught:
        source.read(0, 10)
    for text in (str(caught.value), caplog.text):
        assert "hidden" not in text
        assert "SECRET" not in text
