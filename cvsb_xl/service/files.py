"""The bytes the service keeps: issued sheets, returns, tables, receipts. On a local disk, or in any store that fsspec knows.

A name is random and says nothing; what it belongs to stands in the database alone. A file is written once, never over
another, and is out of reach of any web address.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cvsb_xl.errors import CannotSave


class Files:
    """A store of files by key."""

    def __init__(self, url: str) -> None:
        """Args: url: an fsspec address, such as file:///srv/cvsb/files or s3://bucket/cvsb."""
        from fsspec.core import url_to_fs

        self._fs, self._root = url_to_fs(url)
        self._local = self._fs.protocol == "file" or "file" in self._fs.protocol
        if self._local:
            Path(self._root).mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, data: bytes) -> str:
        """Keep the bytes; return their key. When this returns they survive the process and, on a local disk, the machine.

        Raises:
            CannotSave: the store refuses them.
        """
        key = secrets.token_hex(20)
        try:
            if self._local:
                self._put_on_disk(self._path(key), data)
            else:
                self._fs.pipe_file(self._path(key), data)
        except OSError as error:
            raise CannotSave(f"The service's files cannot be written ({error.strerror or error}).") from error
        return key

    def get(self, key: str) -> bytes:
        """Return the bytes of a key.

        Raises:
            FileNotFoundError: there is no such key.
        """
        if len(key) != 40 or not all(letter in "0123456789abcdef" for letter in key):
            raise FileNotFoundError(key)
        data: bytes = self._fs.cat_file(self._path(key))
        return data

    def _path(self, key: str) -> str:
        return f"{self._root}/{key[:2]}/{key[2:]}"

    @staticmethod
    def _put_on_disk(name: str, data: bytes) -> None:
        path = Path(name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
