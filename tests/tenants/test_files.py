"""Kept files: the same bytes once, all or nothing, and no way out of the folder."""

import hashlib
import io
import os
import signal
import subprocess
import sys

import pytest

from tenants.files import BLOCK, FileStore, FileTooLargeError, UnknownFileError, sweep


def everything(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_keeps_bytes_under_their_digest_and_gives_them_back(tmp_path):
    store = FileStore(tmp_path)
    data = os.urandom(2 * BLOCK + 17)
    kept = store.keep(7, io.BytesIO(data))
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    assert kept.size == len(data)
    with store.open(kept.key) as stream:
        assert stream.read() == data
    assert store.keep(7, io.BytesIO(data)) == kept
    assert everything(tmp_path) == [kept.key]


def test_two_districts_with_one_file_hold_two(tmp_path):
    store = FileStore(tmp_path)
    first, second = store.keep(1, io.BytesIO(b"same")), store.keep(2, io.BytesIO(b"same"))
    assert first.sha256 == second.sha256
    assert first.key != second.key
    assert len(everything(tmp_path)) == 2


def test_limit_is_checked_while_reading_and_leaves_nothing(tmp_path):
    store = FileStore(tmp_path)

    class Endless:
        given = 0

        def read(self, size=-1):
            self.given += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(FileTooLargeError):
        store.keep(1, endless, limit=3 * BLOCK)
    assert endless.given == 4 * BLOCK
    assert everything(tmp_path) == []
    assert store.keep(1, io.BytesIO(b"abc"), limit=3).size == 3


def test_a_stream_that_fails_leaves_nothing(tmp_path):
    class Broken:
        asked = 0

        def read(self, size=-1):
            self.asked += 1
            if self.asked > 1:
                raise ConnectionError("gone")
            return b"half"

    with pytest.raises(ConnectionError):
        FileStore(tmp_path).keep(1, Broken())
    assert everything(tmp_path) == []


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "1/../../etc/passwd",
        "1/ab/" + "../" * 5 + "etc/passwd",
        "0/ab/" + "a" * 64,
        "1/ab/" + "A" * 64,
        "1/ab/" + "a" * 64 + "\n",
        "",
        "1/ab/" + "a" * 64,
    ],
)
def test_no_other_path_can_be_named(tmp_path, key):
    with pytest.raises(UnknownFileError):
        FileStore(tmp_path).open(key)


def test_a_district_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no district"):
        FileStore(tmp_path).keep(0, io.BytesIO(b""))


def test_killed_while_writing_or_looking_leaves_nothing_outside_and_nothing_for_long(tmp_path):
    root, outside = tmp_path / "files", tmp_path / "tmp"
    outside.mkdir()
    code = f"""
import os, signal
from pathlib import Path
from tenants.files import FileStore
class Stream:
    asked = 0
    def read(self, size=-1):
        self.asked += 1
        if self.asked == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * size
store = FileStore(Path({str(root)!r}))
with store.quarantine(1) as folder:
    (folder / "upload").write_bytes(b"salaries")
    assert folder.stat().st_mode & 0o777 == 0o700
    store.keep(1, Stream())
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, env={**os.environ, "TMPDIR": str(outside)}
    )
    assert ended.returncode == -signal.SIGKILL
    assert everything(outside) == []
    left = everything(root)
    assert len(left) == 2
    assert all(name.startswith(("1/.coming-", "1/.looking-")) for name in left)
    kept = FileStore(root).keep(1, io.BytesIO(b"kept"))
    # What somebody may still work on stays; what nobody can any more goes.
    assert sweep(root) == 0
    assert sweep(root, older_than=-1) == 2
    assert everything(root) == [kept.key]


def test_quarantine_is_gone_whatever_happens_in_it(tmp_path):
    def refuse():
        with FileStore(tmp_path).quarantine(7) as folder:
            (folder / "upload").write_bytes(b"x")
            raise UnknownFileError

    with pytest.raises(UnknownFileError):
        refuse()
    assert everything(tmp_path) == []
