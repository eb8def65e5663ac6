/* What decompression alone costs: inflate FILE.gz, with zlib, reading into and inflating into buffers that are reused.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

int main(int argc, char **argv)
{
    static unsigned char in[256 << 10], out[256 << 10];
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    z_stream z = { 0 };
    if (fd < 0 || inflateInit2(&z, 15 + 16) != Z_OK)
        return 2;
    unsigned long long total = 0;
    int state = Z_OK;
    for (ssize_t n; (n = read(fd, in, sizeof in)) > 0;) {
        z.next_in = in;
        z.avail_in = (unsigned)n;
        do {
            if (state == Z_STREAM_END && inflateReset(&z) != Z_OK) /* the next member */
                return 1;
            z.next_out = out;
            z.avail_out = sizeof out;
            state = inflate(&z, Z_NO_FLUSH);
            if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
                return 1;
            total += sizeof out - z.avail_out;
        } while (z.avail_in || !z.avail_out);
    }
    printf("%llu\n", total);
    return state != Z_STREAM_END;
}
