"""Runs a command on a disk with a bad part: from OFFSET of any file on, preads or pwrites end with EIO.

    bad_disk.py pread|pwrite OFFSET COMMAND...

A seccomp filter does it, which outlives exec and takes no rights. Only the positioned calls are met: sockets, pipes and logs
are written without a position.
"""
import ctypes
import errno
import os
import pathlib
import platform
import struct
import sys

NUMBERS = {"x86_64": {"pread": 17, "pwrite": 18}, "aarch64": {"pread": 67, "pwrite": 68}}  # of linux/unistd.h
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER, RET_ERRNO, RET_ALLOW = 2, 0x00050000, 0x7FFF0000
LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # of linux/bpf_common.h
AT_NUMBER, AT_OFFSET = 0, 16 + 3 * 8  # in struct seccomp_data: the call's number, the lower half of its fourth argument


def command(call, offset):
    """What stands before the command."""
    return [sys.executable, pathlib.Path(__file__), call, str(offset)]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filters", ctypes.c_char_p)]


def forbid(call, offset):
    steps = [(LOAD_WORD, 0, 0, AT_NUMBER), (JUMP_EQUAL, 0, 3, NUMBERS[platform.machine()][call]),
             (LOAD_WORD, 0, 0, AT_OFFSET), (JUMP_AT_LEAST, 0, 1, offset),
             (RETURN, 0, 0, RET_ERRNO | errno.EIO), (RETURN, 0, 0, RET_ALLOW)]
    program = Program(len(steps), b"".join(struct.pack("=HBBI", *step) for step in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "cannot set a filter of system calls")


if __name__ == "__main__":
    forbid(sys.argv[1], int(sys.argv[2]))
    os.execvp(sys.argv[3], sys.argv[3:])
