"""What a person is told when the service does not do as asked; and that a token goes nowhere else."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb
from cvsb_xl.errors import CannotDo, CvsbError
from cvsb_xl.hosts.connections import Outbox, Parcel, keep_token, known_services, token_for
from cvsb_xl.hosts.remote import Refused, Remote, Unreachable, address_of

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def answering(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Yield the address of a server that gives every request this answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def saying(status: int, body: bytes, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (saying(401, b'{"code":"signed-out","message":"Sign in first."}'), Refused, "make a new token on the page Tokens"),
        (saying(403, b'{"code":"forbidden","message":"This is not for your role."}'), Refused, "not for your role"),
        (saying(409, b'{"code":"stale","message":"Ann published a newer state."}'), Refused, "Ann published a newer state"),
        (saying(500, b"<html>oops</html>"), Unreachable, "had a fault of its own (500). Nothing is lost here; run this again"),
        (saying(502, b""), Unreachable, "had a fault of its own (502)"),
        (saying(200, b"<html>Welcome to the printer</html>"), CannotDo, "not as a sync service of cvsb-xl does"),
        (saying(200, b'{"id": 1}'), CannotDo, "not as a sync service of cvsb-xl does"),
        (saying(200, b'{"id": ', **{"Content-Length": "4000"}), Unreachable, "the connection broke"),
        (saying(404, b"not here"), CannotDo, "answered (404), but not as a sync service"),
        (saying(302, b"", Location="http://127.0.0.1:9/elsewhere"), CannotDo, "it points elsewhere"),
        (saying(407, b""), CannotDo, "proxy wants to know who you are"),
    ],
)  # fmt: skip
def test_each_failure_is_told_in_words_with_what_to_do(
    answer: Answer, kind: type[CvsbError], words: str
) -> None:
    with answering(answer) as url, pytest.raises(kind) as told:
        Remote(url, "secret-token").latest()
    assert words in str(told.value)
    assert "secret-token" not in str(told.value)


def test_nobody_there_is_told_with_the_way_on() -> None:
    with pytest.raises(
        Unreachable, match=r"Check the network, then run this again: what has arrived already is not"
    ):
        Remote("http://127.0.0.1:9", "t").latest()


def test_a_name_that_is_not_known_is_told() -> None:
    with pytest.raises(Unreachable, match="did not answer"):
        Remote("https://no-such-service.invalid", "t").latest()


def test_a_certificate_that_is_not_trusted_stops_everything_before_the_token_is_sent(tmp_path: Path) -> None:
    heard: list[str] = []

    def listen(request: BaseHTTPRequestHandler) -> None:
        heard.append(request.headers.get("Authorization", ""))
        saying(200, b"{}")(request)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_own_certificate(tmp_path))
    with (
        answering(listen, context) as url,
        pytest.raises(CannotDo, match="certificate is not one this computer trusts"),
    ):
        Remote(url, "t").latest()
    assert heard == []


def _own_certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_redirect_never_carries_the_token_along() -> None:
    heard: list[str] = []
    with (
        answering(lambda request: heard.append(request.headers.get("Authorization", ""))) as elsewhere,
        answering(saying(307, b"", Location=elsewhere)) as url,
        pytest.raises(CannotDo),
    ):
        Remote(url, "t").latest()
    assert heard == []


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("tracker.example.org", "https://tracker.example.org"),
        (" https://tracker.example.org/ ", "https://tracker.example.org"),
        ("http://127.0.0.1:8710", "http://127.0.0.1:8710"),
        ("http://[::1]:8710", "http://[::1]:8710"),
    ],
)
def test_an_address_is_taken_in_one_form(given: str, address: str) -> None:
    assert address_of(given) == address


@pytest.mark.parametrize(
    "given", ["", "http://tracker.example.org", "ftp://x", "https://u:p@x", "https://x:99999", "https://x?y"]
)
def test_an_address_that_is_none_or_unsafe_is_refused(given: str) -> None:
    with pytest.raises(CannotDo):
        address_of(given)


def test_the_token_lies_where_only_its_owner_can_read_it_and_can_be_forgotten(tmp_path: Path) -> None:
    keep_token(tmp_path / "home", "https://a.example.org", "one")
    keep_token(tmp_path / "home", "https://b.example.org", "two")
    assert token_for(tmp_path / "home", "https://a.example.org") == "one"
    keep_token(tmp_path / "home", "https://a.example.org", "")
    assert known_services(tmp_path / "home") == ["https://b.example.org"]
    for path in [tmp_path / "home", *(tmp_path / "home").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_what_waits_to_be_sent_is_kept_apart_by_service_and_tracker_and_receipts_go_first(
    tmp_path: Path,
) -> None:
    def parcel(kind: str, key: str) -> Parcel:
        return Parcel(kind, key, "T-1", "https://a.example.org", (3, "ab"), "It", {"x": [1]})

    box = Outbox(tmp_path, "https://a.example.org", "T-1")
    box.put(parcel("publication", "P-1"))
    box.put(parcel("receipt", "../../etc"))
    box.put(parcel("receipt", "../../etc"))
    assert [one.kind for one in box] == ["receipt", "publication"]
    assert next(iter(box)) == parcel("receipt", "../../etc")
    assert list(Outbox(tmp_path, "https://b.example.org", "T-1")) == []
    assert list(Outbox(tmp_path, "https://a.example.org", "T-2")) == []
    for one in list(box):
        box.take_out(one)
    assert list(box) == []
    assert {path.parent.name for path in tmp_path.rglob("*.json")} <= {"to-send"}


def test_connecting_keeps_no_token_that_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVSB_HOME", str(tmp_path))
    with answering(saying(401, b"{}")) as url:
        result = CliRunner().invoke(cvsb, ["connect", url], input="wrong\n")
    assert "does not accept this token" in str(result.exception)
    assert known_services(tmp_path) == []
    with answering(
        saying(
            200, b'{"name": "Ann", "roles": ["review_manager"], "expires_at": "2027-04-01T10:00:00+00:00"}'
        )
    ) as url:
        result = CliRunner().invoke(cvsb, ["connect", url], input="right\n")
        assert f"Connected to {url} as Ann. The token ends on 1 April 2027 at " in result.output
        assert "right" not in result.output
        assert token_for(tmp_path, url) == "right"
        assert CliRunner().invoke(cvsb, ["connect"]).output == f"{url}\n"
        assert (
            "is forgotten on this computer" in CliRunner().invoke(cvsb, ["connect", url, "--forget"]).output
        )
    assert known_services(tmp_path) == []
