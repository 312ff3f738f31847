#!/usr/bin/env python3
"""Runs a program under the system call rules of a systemd unit, without systemd: sandbox.py UNIT COMMAND…

SystemCallFilter= (sets as `systemd-analyze syscall-filter` lists them), SystemCallErrorNumber=EPERM and
MemoryDenyWriteExecute= become one seccomp filter (seccomp(2)), as systemd makes them. x86-64 and arm64.
"""
import ctypes
import os
import pathlib
import re
import subprocess
import sys

LOAD, JUMP_EQUAL, JUMP_SET, AND, RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # EPERM
NUMBER, THIRD_ARGUMENT = 0, 16 + 8 * 2
WRITE, EXECUTE = 2, 4
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction))]


def settings(unit, name):
    return re.findall(rf"^{name}=(.*)$", pathlib.Path(unit).read_text(), re.M)


def calls_of(word):
    """The system calls of a set, sets in it included."""
    if not word.startswith("@"):
        return {word}
    shown = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True).stdout
    words = [line.strip() for line in shown.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls_of(inner) for inner in words))


def allowed(unit):
    calls = set()
    for line in settings(unit, "SystemCallFilter"):
        names = set().union(*(calls_of(word) for word in line.removeprefix("~").split()))
        calls = calls - names if line.startswith("~") else calls | names
    # systemd adds what every process needs to begin and to end.
    return calls | calls_of("@default") | {"execve"}


def numbers():
    preprocessed = subprocess.run(["cc", "-E", "-dM", "-include", "asm/unistd.h", "-x", "c", "/dev/null"], capture_output=True, text=True, check=True)
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)$", preprocessed.stdout, re.M)}


def program(unit):
    known, code = numbers(), [(LOAD, 0, 0, NUMBER)]
    denies = settings(unit, "MemoryDenyWriteExecute") == ["yes"]
    if denies:
        code += [(JUMP_EQUAL, 0, 5, known["mmap"]), (LOAD, 0, 0, THIRD_ARGUMENT), (AND, 0, 0, WRITE | EXECUTE),
                 (JUMP_EQUAL, 0, 1, WRITE | EXECUTE), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
        for name in ("mprotect", "pkey_mprotect"):
            code += [(JUMP_EQUAL, 0, 4, known[name]), (LOAD, 0, 0, THIRD_ARGUMENT), (JUMP_SET, 0, 1, EXECUTE),
                     (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    for number in sorted(known[name] for name in allowed(unit) if name in known):
        code += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    return [Instruction(*one) for one in [*code, (RETURN, 0, 0, REFUSE)]]


def main():
    unit, command = sys.argv[1], sys.argv[2:]
    instructions = program(unit)
    array = (Instruction * len(instructions))(*instructions)
    filter_ = Program(len(instructions), array)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(filter_), 0, 0):
        raise OSError(ctypes.get_errno(), "the filter is refused")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
