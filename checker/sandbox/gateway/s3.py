"""The answers of a read-only S3 server with the same files in every bucket and folder of every host.

Written after the API reference of Amazon S3 (GetObject, HeadObject, HeadBucket, ListBuckets, ListObjects,
ListObjectsV2, Error Responses). A plain ``GET`` of a link is answered like an anonymous GetObject.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from checker.sandbox.gateway.store import CannotMake, File, ServedFiles

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_DATE = "2024-01-15T09:30:00.000Z"
_HTTP_DATE = "Mon, 15 Jan 2024 09:30:00 GMT"
_CHANGED = datetime(2024, 1, 15, 9, 30, tzinfo=UTC)
_OWNER = "<Owner><ID>02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4</ID></Owner>"
_MOST_KEYS = 1000

_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+?)\.(?:s3|minio)[.-]")
_LIST_PARAMETERS = frozenset({"list-type", "prefix", "delimiter", "marker", "max-keys", "continuation-token"})
_SUBRESOURCES = frozenset(
    {
        "accelerate",
        "acl",
        "analytics",
        "attributes",
        "cors",
        "encryption",
        "inventory",
        "legal-hold",
        "lifecycle",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
    }
)
_FILE_NAME = re.compile(r".*\.[A-Za-z][A-Za-z0-9]{0,8}")
_UNFIT_FOR_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")

_MESSAGES = {
    "AccessDenied": "Access Denied",
    "InvalidArgument": "Argument max-keys must be an integer between 0 and 2147483647",
    "InternalError": "We encountered an internal error. Please try again.",
    "InvalidRange": "The requested range is not satisfiable",
    "MethodNotAllowed": "The specified method is not allowed against this resource.",
    "NoSuchBucket": "The specified bucket does not exist",
    "NoSuchKey": "The specified key does not exist.",
    "NotImplemented": "A header you provided implies functionality that is not implemented.",
    "PreconditionFailed": "At least one of the pre-conditions you specified did not hold",
    "ServiceUnavailable": "Please reduce your request rate.",
}
_REFUSALS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "AccessDenied",
    HTTPStatus.FORBIDDEN: "AccessDenied",
    HTTPStatus.NOT_FOUND: "NoSuchKey",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
}


@dataclass(frozen=True, slots=True)
class S3Request:
    """A request. ``path`` is decoded, ``query`` is not; the names of ``headers`` are in lower case."""

    host: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class S3Response:
    """A response. For ``HEAD``, ``body`` is that of ``GET``, and is not sent."""

    status: int
    body: bytes | memoryview = b""
    headers: tuple[tuple[str, str], ...] = ()


def s3_response(asked: S3Request, store: ServedFiles, refuse: int | None = None) -> S3Response:
    """The server's response. *refuse* is a status for every request; the store may also refuse single files."""
    bucket, key = _place(asked)
    resource = asked.path
    if refuse is None:
        refuse = store.refusal(asked.name)
    if refuse is not None:
        return _error(refuse, _REFUSALS.get(refuse, "InternalError"), resource, key)
    if asked.method not in ("GET", "HEAD"):
        return _error(403, "AccessDenied", resource, key)
    parameters = dict(parse_qsl(asked.query, keep_blank_values=True, errors="replace"))
    if asked.name in store:
        if not _SUBRESOURCES.isdisjoint(parameters):
            return _error(403, "AccessDenied", resource, key)
        if _is_page(asked, parameters):
            return _page(asked)
        return _file(asked, store, key)
    if not key and _speaks_s3(asked, parameters):
        if _FILE_NAME.fullmatch(bucket):  # a missing file, its name read as a bucket
            return _error(404, "NoSuchBucket", resource, key)
        return _bucket(asked, store, bucket, parameters)
    return _error(404, "NoSuchKey", resource, key or asked.path.lstrip("/"))


def _place(asked: S3Request) -> tuple[str, str]:
    """Bucket and key, from the host (virtual-host style) or else from the path."""
    if match := _VIRTUAL_HOST.match(asked.host):
        return match["bucket"], asked.path.removeprefix("/")
    bucket, _, key = asked.path.removeprefix("/").partition("/")
    return bucket, key


def _speaks_s3(asked: S3Request, parameters: Mapping[str, str]) -> bool:
    return (
        asked.headers.get("authorization", "").startswith("AWS")
        or any(name.startswith(("x-amz-", "amz-sdk-")) for name in asked.headers)
        or any(name.lower().startswith("x-amz-") for name in parameters)
        or not _LIST_PARAMETERS.isdisjoint(parameters)
    )


def _is_page(asked: S3Request, parameters: Mapping[str, str]) -> bool:
    """Whether the link leads to a page of a forge that shows the file, and not to the file.

    A student who gives such a link to pandas gets HTML in reality, too.
    """
    forge = asked.host in ("github.com", "www.github.com") and re.match(r"/[^/]+/[^/]+/blob/", asked.path)
    return bool(forge or "/-/blob/" in asked.path) and parameters.get("raw") not in ("true", "1")


def _page(asked: S3Request) -> S3Response:
    body = f"<!DOCTYPE html>\n<html>\n<head><title>{_text(asked.name)}</title></head>\n<body></body>\n</html>\n"
    return S3Response(200, body.encode(), (("Content-Type", "text/html; charset=utf-8"),))


def _file(asked: S3Request, store: ServedFiles, key: str) -> S3Response:
    try:
        file = store.find(asked.name)
    except CannotMake:
        return _error(501, "NotImplemented", asked.path, key)
    if file is None:
        return _error(404, "NoSuchKey", asked.path, key)
    headers = (
        ("Content-Type", file.media),
        ("ETag", file.etag),
        ("Last-Modified", _HTTP_DATE),
        ("Accept-Ranges", "bytes"),
    )
    condition = _condition(asked.headers, file)
    if condition == HTTPStatus.PRECONDITION_FAILED:
        return _error(condition, "PreconditionFailed", asked.path, key)
    if condition == HTTPStatus.NOT_MODIFIED:
        return S3Response(condition, b"", headers[1:3])
    return _part(asked, file, key, headers)


def _condition(headers: Mapping[str, str], file: File) -> int:
    """The status that the conditions of a request give (RFC 9110, 13.2.2). A malformed date is no condition."""
    if (wanted := headers.get("if-match")) is not None:
        if wanted != "*" and not _names(wanted, file):
            return HTTPStatus.PRECONDITION_FAILED
    elif (since := _moment(headers.get("if-unmodified-since"))) is not None and since < _CHANGED:
        return HTTPStatus.PRECONDITION_FAILED
    if (unwanted := headers.get("if-none-match")) is not None:
        if unwanted == "*" or _names(unwanted, file):
            return HTTPStatus.NOT_MODIFIED
    elif (since := _moment(headers.get("if-modified-since"))) is not None and since >= _CHANGED:
        return HTTPStatus.NOT_MODIFIED
    return HTTPStatus.OK


def _moment(date: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _names(tags: str | None, file: File) -> bool:
    return file.etag.strip('"') in {tag.strip().removeprefix("W/").strip('"') for tag in (tags or "").split(",")}


def _part(asked: S3Request, file: File, key: str, headers: tuple[tuple[str, str], ...]) -> S3Response:
    match = _RANGE.fullmatch(asked.headers.get("range", "").replace(" ", ""))
    size = len(file.body)
    # A malformed range, and several ranges, are ignored: the standard allows it, and S3 does it.
    if match is None or match[0] == "bytes=-" or max(map(len, match.groups())) > 18:
        return S3Response(200, file.body, headers)
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return S3Response(200, file.body, headers)
    if start >= size or start == end:
        return _error(416, "InvalidRange", asked.path, key, (("Content-Range", f"bytes */{size}"),))
    part = memoryview(file.body)[start:end]
    return S3Response(206, part, (*headers, ("Content-Range", f"bytes {start}-{end - 1}/{size}")))


def _bucket(asked: S3Request, store: ServedFiles, bucket: str, parameters: Mapping[str, str]) -> S3Response:
    if "location" in parameters:
        return _xml(200, f'<LocationConstraint xmlns="{_NAMESPACE}"/>')
    if not _SUBRESOURCES.isdisjoint(parameters):
        return _error(403, "AccessDenied", asked.path, "")
    if not bucket and _LIST_PARAMETERS.isdisjoint(parameters):
        return _xml(200, f'<ListAllMyBucketsResult xmlns="{_NAMESPACE}">{_OWNER}<Buckets/></ListAllMyBucketsResult>')
    if asked.method == "HEAD":
        return S3Response(200, b"", (("Content-Type", "application/xml"), ("x-amz-bucket-region", "us-east-1")))
    name = bucket or asked.host.partition(".")[0]
    limit = parameters.get("max-keys", "") or str(_MOST_KEYS)
    if not re.fullmatch(r"[0-9]{1,10}", limit):
        return _error(400, "InvalidArgument", asked.path, "")
    return _listing(store, name, parameters, min(int(limit), _MOST_KEYS))


def _listing(store: ServedFiles, bucket: str, parameters: Mapping[str, str], limit: int) -> S3Response:
    second = parameters.get("list-type") == "2"
    prefix, delimiter = parameters.get("prefix", ""), parameters.get("delimiter", "")
    token, start = parameters.get("continuation-token", ""), parameters.get("start-after", "")
    after = (_opened(token) or start) if second else parameters.get("marker", "")
    keys, folders = _contents(store, prefix, delimiter)
    entries = sorted({*keys, *folders} if after == "" else {name for name in (*keys, *folders) if name > after})
    shown, truncated = entries[:limit], len(entries) > limit > 0
    owner = "" if second and parameters.get("fetch-owner") != "true" else _OWNER

    def written(name: str) -> str:
        return quote(name, safe="/") if parameters.get("encoding-type") == "url" else _text(name)

    parts = [f"<Name>{_text(bucket)}</Name><Prefix>{written(prefix)}</Prefix><MaxKeys>{limit}</MaxKeys>"]
    if delimiter:
        parts.append(f"<Delimiter>{written(delimiter)}</Delimiter>")
    if parameters.get("encoding-type") == "url":
        parts.append("<EncodingType>url</EncodingType>")
    parts.append(f"<IsTruncated>{str(truncated).lower()}</IsTruncated>")
    if second:
        parts.append(f"<KeyCount>{len(shown)}</KeyCount>")
        parts += [f"<StartAfter>{written(start)}</StartAfter>"] if start else []
        parts += [f"<ContinuationToken>{_text(token)}</ContinuationToken>"] if token else []
        parts += [f"<NextContinuationToken>{_sealed(shown[-1])}</NextContinuationToken>"] if truncated else []
    else:
        parts.append(f"<Marker>{written(after)}</Marker>")
        parts += [f"<NextMarker>{written(shown[-1])}</NextMarker>"] if truncated else []
    for name in shown:
        if name in folders:
            parts.append(f"<CommonPrefixes><Prefix>{written(name)}</Prefix></CommonPrefixes>")
        elif file := _made(store, name):
            parts.append(
                f"<Contents><Key>{written(name)}</Key><LastModified>{_DATE}</LastModified>"
                f"<ETag>{_text(file.etag)}</ETag><Size>{len(file.body)}</Size>{owner}"
                "<StorageClass>STANDARD</StorageClass></Contents>"
            )
    return _xml(200, f'<ListBucketResult xmlns="{_NAMESPACE}">{"".join(parts)}</ListBucketResult>')


def _sealed(key: str) -> str:
    """A continuation token for *key*, without characters that need quoting: clients send it back unchanged."""
    return base64.urlsafe_b64encode(key.encode("utf-8", "surrogatepass")).decode()


def _opened(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode("utf-8", "surrogatepass")
    except ValueError:
        return ""


def _made(store: ServedFiles, key: str) -> File | None:
    try:
        return store.find(key.rpartition("/")[2])
    except CannotMake:
        return None


def _contents(store: ServedFiles, prefix: str, delimiter: str) -> tuple[set[str], set[str]]:
    """Keys and common prefixes that begin with *prefix*, in a bucket whose folders all hold the same files.

    A name with a file's suffix is no folder: a key that is not served must not seem to exist as a folder.
    """
    folder, slash, start = prefix.rpartition("/")
    if any(_FILE_NAME.fullmatch(part) for part in folder.split("/")):
        return set(), set()
    names = {name for name in store.names() if name.startswith(start)} | ({start} if start in store else set())
    if names:
        return {f"{folder}{slash}{name}" for name in names}, set()
    if _FILE_NAME.fullmatch(start):
        return set(), set()
    if delimiter == "/":
        return set(), {f"{prefix}/"}
    return {f"{prefix}/{name}" for name in store.names()}, set()


def _error(status: int, code: str, resource: str, key: str, headers: tuple[tuple[str, str], ...] = ()) -> S3Response:
    key_element = f"<Key>{_text(key)}</Key>" if key else ""
    body = (
        f"<Error><Code>{code}</Code><Message>{_MESSAGES[code]}</Message>{key_element}<Resource>{_text(resource)}</Resource>"
        "<RequestId>18A9C5D0B7E3F214</RequestId><HostId>dd9025bab4ad464b</HostId></Error>"
    )
    document = _xml(status, body)
    return S3Response(status, document.body, (*document.headers, *headers))


def _xml(status: int, body: str) -> S3Response:
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return S3Response(status, document.encode("utf-8"), (("Content-Type", "application/xml"),))


def _text(value: str) -> str:
    return escape(_UNFIT_FOR_XML.sub("\ufffd", value), {'"': "&quot;"})
