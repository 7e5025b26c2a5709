"""Shuts a process in before it reads hostile bytes: no network, no writing of files, little memory and time. What it starts is shut in too.

Linux takes all of it, macOS all but the network; Windows has nothing of the kind, and there only the parent's timeout holds.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 1, 38, 22, 2
_SIGKILL = 9
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of the classic packet filter that seccomp runs
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_OTHER_CALLS = 0x40000000  # x32: the same calls under other numbers
_IO_URING_SETUP = 425  # it opens sockets past all filters
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # what the kernel calls the machine, the number of socket()


def confine(memory: int, seconds: int) -> None:
    """Take away everything but computing and the files that are open. Raises OSError where the system has the means and refuses."""
    if sys.platform == "win32":
        return
    import resource

    limits = {"RLIMIT_CPU": seconds, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_NOFILE": 64, "RLIMIT_AS": memory}
    for name, value in limits.items():
        if sys.platform.startswith("linux") or name != "RLIMIT_AS":  # macOS does not keep that one
            resource.setrlimit(getattr(resource, name), (value, value))
    if sys.platform.startswith("linux"):
        _no_network()


def _no_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if platform.machine() not in _MACHINES:
        return
    program = _program(*_MACHINES[platform.machine()])
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.addressof(head), 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _program(machine: int, socket: int) -> bytes:
    """Refuse socket() and io_uring, and every call of another machine's numbering; allow the rest."""
    steps = (
        (_LOAD, 0, 0, 4),  # the machine
        (_EQUAL, 0, 4, machine),
        (_LOAD, 0, 0, 0),  # the call's number
        (_AT_LEAST, 2, 0, _OTHER_CALLS),
        (_EQUAL, 1, 0, socket),
        (_EQUAL, 0, 1, _IO_URING_SETUP),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    return b"".join(struct.pack("HBBI", *step) for step in steps)
