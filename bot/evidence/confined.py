"""Takes from the process that reads attachments what it never needs: network, programs, files.

`confine` is for that short-lived process alone; nothing gives back what it takes. On Linux (x86-64
and ARM64) the kernel answers "not permitted" to making a socket, starting a program, renaming,
linking or removing a file, tracing or signalling another process. Elsewhere it refuses nothing and
returns False: the limits of the worker and the unit's own rules then stand alone.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from typing import Final

_NO_DUMPS: Final = 4
_NO_NEW_PRIVILEGES: Final = 38
_SET_SECCOMP: Final = 22
_FILTER: Final = 2

# Classic BPF (linux/filter.h): load a word, jump if equal, jump if greater or equal, return.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _MACHINE = 0, 4
_ALLOW, _NOT_PERMITTED, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_NOT_THERE: Final = 0x00050026
"""ENOSYS: the C library then makes a thread in the older way."""

# socket connect accept sendto bind listen socketpair · fork vfork execve execveat · kill ptrace
# · rename mkdir rmdir creat link unlink symlink chmod chown truncate and their -at forms ·
# mount unshare setns bpf process_vm_readv process_vm_writev keyctl io_uring_setup pidfd_open
_X86_64: Final = (
    *(41, 42, 43, 44, 49, 50, 53, 288),
    *(57, 58, 59, 322),
    *(62, 101),
    *(76, 82, 83, 84, 85, 86, 87, 88, 90, 92, 258, 260, 263, 264, 265, 266, 268, 316, 452),
    *(165, 272, 308, 321, 310, 311, 250, 425, 434),
)
_ARM64: Final = (
    *(198, 199, 200, 201, 202, 203, 206, 242),
    *(221, 281),
    *(129, 117),
    *(34, 35, 36, 37, 38, 45, 53, 54, 276, 452),
    *(40, 97, 268, 280, 270, 271, 219, 425, 434),
)
_CLONE3: Final = 435
_X32: Final = 0x40000000
"""On x86-64 the same calls have a second set of numbers from here on."""
_MACHINES: Final = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _ARM64)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def confine() -> bool:
    """Give up network, programs and files for the rest of this process; say whether it worked."""
    machine = _MACHINES.get(platform.machine())
    if not sys.platform.startswith("linux") or machine is None:
        return False
    steps = _steps(*machine)
    buffer = ctypes.create_string_buffer(steps)
    program = _Program(len(steps) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    prctl = ctypes.CDLL(None).prctl
    prctl(_NO_DUMPS, 0, 0, 0, 0)
    if prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _steps(machine: int, forbidden: tuple[int, ...]) -> bytes:
    steps = [
        _step(_LOAD, _MACHINE),
        _step(_EQUAL, machine, then=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _X32, otherwise=1),
        _step(_RETURN, _NOT_PERMITTED),
        _step(_EQUAL, _CLONE3, otherwise=1),
        _step(_RETURN, _NOT_THERE),
    ]
    for number in forbidden:
        steps += [_step(_EQUAL, number, otherwise=1), _step(_RETURN, _NOT_PERMITTED)]
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
