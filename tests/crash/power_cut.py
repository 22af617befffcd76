"""Cuts the power of a mounted ext4 file system: what was not flushed to its device is gone. Then ends the broker.

power_cut.py MOUNT PID. Needs root. EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32), EXT4_GOING_FLAGS_NOLOGFLUSH is 2
(Linux, include/uapi/linux/ext4.h): neither data nor the journal is written any more, and every access fails.

The broker is stopped first, as the processor is by a power cut: the call races with an fdatasync that is under way, which
then may say that all is well (11 of 150 cuts, Linux 6.18), and no one must tell a client so.
"""

import fcntl
import os
import signal
import struct
import sys
import time

READ, SIZE = 2, 4
EXT4_IOC_SHUTDOWN = READ << 30 | SIZE << 16 | ord("X") << 8 | 125
NO_LOG_FLUSH = 2


def is_still(pid):
    """Does every thread stand, or wait for a disk, after which it stands too?"""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat") as stat:
            if stat.read().rpartition(")")[2].split()[0] not in "TtDZX":
                return False
    return True


mount, pid = sys.argv[1], int(sys.argv[2])
folder = os.open(mount, os.O_RDONLY)
os.kill(pid, signal.SIGSTOP)
while not is_still(pid):
    time.sleep(0.0001)
fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
os.kill(pid, signal.SIGKILL)
