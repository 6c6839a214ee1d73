"""How S3 is reached: clients, credentials, and what is said when it refuses."""

from __future__ import annotations

import json
import os
import pickle
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from atdata.errors import StoreError
from atdata.remote.s3_access import ATTEMPTS, CONNECTIONS, S3Access, client
from atdata.remote.s3_faults import FaultKind, S3Fault, fault_of
from atdata_schema.errors import MissingExtra
from servers.s3_server import S3Server

SECRET = "a-secret-that-nobody-sees"
TOKEN = "a-token-that-nobody-sees"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the machine of the test says about AWS is not looked at."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def access(**options: Any) -> S3Access:
    given: dict[str, Any] = {
        "access_key": "AKIDEXAMPLE000000001",
        "secret_key": SECRET,
        "region": "us-east-1",
    }
    return S3Access("http://127.0.0.1:1", **(given | options))


def test_one_client_serves_all_threads() -> None:
    with ThreadPoolExecutor(16) as pool:
        clients = list(pool.map(client, [access()] * 64))
    assert len({id(found) for found in clients}) == 1
    assert client(access(region="eu-west-1")) is not clients[0]


def test_a_child_has_a_client_of_its_own() -> None:
    mine = client(access())
    child = os.fork()
    if child == 0:
        os._exit(0 if client(access()) is not mine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client(access()) is mine


def test_a_changed_environment_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = S3Access(region="us-east-1", anonymous=True)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    first = client(asked)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
    assert client(asked) is not first
    assert client(asked).meta.endpoint_url == "http://127.0.0.1:2"


def test_clients_are_patient_and_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    config: Any = client(access()).meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": ATTEMPTS}
    assert (config.connect_timeout, config.read_timeout) == (10, 60)
    assert config.max_pool_connections == CONNECTIONS
    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    config = client(access()).meta.config
    assert config.retries == {"mode": "adaptive", "total_max_attempts": 3}


def test_buckets_of_an_endpoint_are_named_in_the_path() -> None:
    url = client(access()).generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"})
    assert url.startswith("http://127.0.0.1:1/bucket/key?")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"endpoint_url": "s3.example.org"}, "is no web address"),
        ({"endpoint_url": "ftp://s3.example.org"}, "is no web address"),
        ({"endpoint_url": "http://"}, "is no web address"),
        ({"endpoint_url": "http://host:99999"}, "is no web address"),
        ({"endpoint_url": f"https://me:{SECRET}@s3.example.org"}, "holds more than"),
        ({"endpoint_url": f"https://s3.example.org/?X-Amz-Signature={SECRET}"}, "holds more than"),
        ({"access_key": "AKID"}, "belong together"),
        ({"secret_key": SECRET}, "belong together"),
        ({"session_token": TOKEN}, "belongs to an access_key"),
        ({"access_key": "AKID", "secret_key": SECRET, "anonymous": True}, "give no key with it"),
        ({"profile": "nobody"}, "there is no profile 'nobody'"),
        ({"region": "not a region"}, "no client can be made"),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_it(options: dict[str, Any], said: str) -> None:
    with pytest.raises(StoreError, match=said) as refused:
        client(S3Access(**options))
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_no_repr_shows_a_key_and_pickles_hold_it() -> None:
    given = access(session_token=TOKEN)
    assert SECRET not in repr(given)
    assert TOKEN not in repr(given)
    assert pickle.loads(pickle.dumps(given)) == given


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtra, match=r"pip install 'atdata\[s3\]'"):
        client(access(region="eu-north-1"))


# Where credentials come from.


def is_let_in(server: S3Server, **options: Any) -> bool:
    """Whether a bucket may be listed."""
    bucket = server.new_bucket()
    asked = S3Access(server.endpoint, region="us-east-1", **options)
    try:
        client(asked).list_objects_v2(Bucket=bucket)
    except ClientError as error:
        fault = fault_of(error, "s3://bucket", asked)
        assert fault is not None
        assert fault.kind is FaultKind.DENIED
        return False
    return True


def test_credentials_come_from_arguments_environment_or_profile(
    s3_rgw: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert is_let_in(s3_rgw, access_key=s3_rgw.access_key, secret_key=s3_rgw.secret_key)
    assert not is_let_in(s3_rgw, access_key=s3_rgw.access_key, secret_key="wrong")
    (tmp_path / "credentials").write_text(
        f"[lab]\naws_access_key_id={s3_rgw.access_key}\naws_secret_access_key={s3_rgw.secret_key}\n"
    )
    assert is_let_in(s3_rgw, profile="lab")
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert is_let_in(s3_rgw)
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_rgw.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_rgw.secret_key)
    assert is_let_in(s3_rgw)
    assert not is_let_in(s3_rgw, anonymous=True)


def test_public_buckets_are_read_unsigned(s3_rgw: S3Server) -> None:
    bucket, owner = s3_rgw.new_bucket(), client(s3_rgw.access)
    owner.put_object(Bucket=bucket, Key="key", Body=b"for all")
    anyone = client(S3Access(s3_rgw.endpoint, region="us-east-1", anonymous=True))
    with pytest.raises(ClientError):
        anyone.get_object(Bucket=bucket, Key="key")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert anyone.get_object(Bucket=bucket, Key="key")["Body"].read() == b"for all"


# What is said when it refuses.


def said(call: Any, asked: S3Access) -> S3Fault:
    try:
        call(client(asked))
    except Exception as error:
        fault = fault_of(error, "s3://bucket/key", asked)
        assert fault is not None
        return fault
    raise AssertionError("nothing was refused")


def test_faults_of_a_real_service_have_a_kind_and_a_remedy(s3_rgw: S3Server) -> None:
    bucket, mine = s3_rgw.new_bucket(), s3_rgw.access
    wrong = S3Access(
        mine.endpoint_url, region="us-east-1", access_key="AKIDNOBODYKNOWS00001", secret_key=SECRET
    )
    false = S3Access(
        mine.endpoint_url, region="us-east-1", access_key=mine.access_key, secret_key=SECRET
    )

    def read(s3: Any, bucket: str = bucket) -> object:
        return s3.get_object(Bucket=bucket, Key="none")

    table = [
        (said(read, mine), FaultKind.NOT_FOUND, "there is no such object"),
        (said(read, wrong), FaultKind.DENIED, "does not know this access key"),
        (said(read, false), FaultKind.DENIED, "the secret key does not belong to the access key"),
        (
            said(read, S3Access(mine.endpoint_url, region="us-east-1")),
            FaultKind.NO_CREDENTIALS,
            "AWS_ACCESS_KEY_ID",
        ),
        (said(read, access()), FaultKind.UNREACHABLE, "http://127.0.0.1:1 cannot be reached"),
        (
            said(partial(read, bucket="no-such-bucket-here"), mine),
            FaultKind.NO_BUCKET,
            "there is no such bucket",
        ),
    ]
    for fault, kind, remedy in table:
        assert fault.kind is kind
        assert remedy in fault.sentence
        assert fault.sentence.startswith("s3://bucket/key: ")
        assert SECRET not in fault.sentence


@given(
    code=st.sampled_from(["SlowDown", "AccessDenied", "Weird"]) | st.text(max_size=80),
    message=st.text(min_size=8),
    status=st.integers(100, 599),
)
def test_nothing_that_a_service_words_is_repeated(code: str, message: str, status: int) -> None:
    response: Any = {
        "Error": {"Code": code, "Message": f"<{message}>", "Token-0": TOKEN},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    fault = fault_of(ClientError(response, "GetObject"), "s3://bucket/key", access())
    assert fault is not None
    assert fault.sentence.isprintable()
    assert f"<{message}>" not in fault.sentence
    assert TOKEN not in fault.sentence
    assert len(fault.sentence) < 250
    assert fault.status == status


def test_errors_of_others_are_none_of_ours() -> None:
    assert fault_of(ValueError("x"), "s3://bucket/key", access()) is None
