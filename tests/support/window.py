# A pseudo terminal for a program: standard input is what is typed, standard output what the
# terminal was sent. `window.py COLUMNS ROWS PROGRAM…`; a line on descriptor 3, "COLUMNS ROWS",
# changes its size.
import fcntl, os, pty, select, struct, sys, termios


def resize(columns, rows):
    size = struct.pack("HHHH", int(rows), int(columns), 0, 0)
    fcntl.ioctl(master, termios.TIOCSWINSZ, size)


child, master = pty.fork()
if child == 0:
    # The size is set before the program is started, so that it never sees another.
    os.read(0, 1)
    os.execvp(sys.argv[3], sys.argv[3:])
resize(sys.argv[1], sys.argv[2])
os.write(master, b"\n")
sources = [0, 3, master]
while True:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b""
        if source == master:
            if not data:
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
            while data:
                data = data[os.write(1, data):]
        elif not data:
            sources.remove(source)
        elif source == 3:
            resize(*data.decode().split())
        else:
            os.write(master, data)
