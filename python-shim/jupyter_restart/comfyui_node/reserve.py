"""Room that a file has on the disk behind its end, so that what must be written is not in the way of a full disk."""

from __future__ import annotations

import ctypes
import errno
import os

_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE: the file seems no longer than it is

_libc = ctypes.CDLL(None, use_errno=True)


def reserve(file: int, start: int, length: int) -> None:
    """Have so many bytes ready from there on. OSError where the disk is full; elsewhere it may do nothing."""
    try:
        fallocate = _libc.fallocate
    except AttributeError:  # a C library without it
        return
    failed = fallocate(file, _KEEP_SIZE, ctypes.c_int64(start), ctypes.c_int64(length))
    error = ctypes.get_errno()
    # File systems that can't (NFS before 4.2, FUSE) say so in several ways.
    if failed and error in (errno.ENOSPC, errno.EDQUOT):
        raise OSError(error, os.strerror(error))
