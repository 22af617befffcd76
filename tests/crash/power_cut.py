"""Cuts the power of a mounted ext4 file system: what was not flushed to its device is gone. Then ends the broker.

power_cut.py MOUNT PID. Needs root. EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32), EXT4_GOING_FLAGS_NOLOGFLUSH is 2
(Linux, include/uapi/linux/ext4.h): neither data nor the journal is written any more, and every access fails.
"""

import fcntl
import os
import signal
import struct
import sys

READ, SIZE = 2, 4
EXT4_IOC_SHUTDOWN = READ << 30 | SIZE << 16 | ord("X") << 8 | 125
NO_LOG_FLUSH = 2

mount, pid = sys.argv[1], int(sys.argv[2])
folder = os.open(mount, os.O_RDONLY)
fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
os.kill(pid, signal.SIGKILL)
