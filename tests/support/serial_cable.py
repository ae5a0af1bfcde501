# Two pseudo terminals and the cable between them. Prints their names; a line on the standard
# input says that both are open; when one is closed the other is unplugged.
import os, select, sys

ends = [os.openpty() for _ in range(2)]
print(" ".join(os.ttyname(slave) for _, slave in ends), flush=True)
sys.stdin.readline()
for _, slave in ends:
    os.close(slave)
masters = [master for master, _ in ends]
while True:
    for master in select.select(masters, [], [])[0]:
        try:
            data = os.read(master, 4096)
        except OSError:
            data = b""
        if not data:
            sys.exit(0)
        other = masters[1 - masters.index(master)]
        while data:
            data = data[os.write(other, data):]
