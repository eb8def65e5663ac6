#include "core/stream.h"

#include "fake_vendor.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINE_LIMIT = 60, ROUNDS = 400 };

/* As the first form, but with messages whose length is told before them. */
static const struct form syslog_form = { .name = "syslog", .framing = FRAMING_SYSLOG, .parse = fake_parse_json };
static const struct form plain_form = { .name = "plain", .framing = FRAMING_LINES, .parse = fake_parse_json };

/* What a file says, in any order. */
struct account {
    uint64_t records, rows, others, sum;
};

struct file {
    char folder[64];
    const char *path;
    size_t n;
};

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
    return x ^ x >> 32;
}

static uint32_t narrow(const unsigned char *p, uint32_t i, unsigned width)
{
    uint32_t v = 0;
    memcpy(&v, p + (size_t)width * i, width);
    return v;
}

/* What is new of a batch, as a receiver that applies by position takes it. */
static void apply(struct account *a, const struct batch *b, uint64_t begin, uint64_t *applied)
{
    const struct column *position = batch_column(b, "position"), *descriptor = batch_column(b, "descriptor"),
                        *size = batch_column(b, "size");
    assert_true(b->from <= *applied);
    for (uint32_t i = 0; i < b->rows; i++) {
        uint64_t at = (uint64_t)column_integer(position, i), hash = mixed(begin + at);
        if (at < *applied)
            continue;
        uint32_t d = (uint32_t)column_integer(descriptor, i);
        for (uint32_t f = 0; f < b->descriptor_fields_n; f++) {
            struct span s = b->descriptors[d * b->descriptor_fields_n + f];
            for (size_t k = 0; k < s.n; k++)
                hash = mixed(hash + (unsigned char)s.p[k] + 256 * f);
        }
        a->sum += mixed(hash + (uint64_t)column_integer(size, i));
        a->rows++;
    }
    for (uint32_t i = 0; i < b->others.n; i++) {
        uint64_t at = b->from + narrow(b->others.positions, i, 4);
        if (at < *applied)
            continue;
        a->sum += mixed(mixed(begin + at) + (uint64_t)b->others.reason[narrow(b->others.reasons, i, 2)].verdict);
        a->others++;
    }
    *applied = b->to > *applied ? b->to : *applied;
}

/* One stream to its end; some batches are lost and asked for again. */
static enum status read_stream(struct stream *s, uint64_t begin, bool lossy, struct account *a)
{
    const struct batch *b;
    struct error e;
    struct stream_lost lost;
    uint64_t applied = 0;
    for (;;) {
        enum status status = stream_next(s, 0, &b, &e);
        if (status == STATUS_BAD)
            return status;
        assert_true(status == STATUS_OK || status == STATUS_END);
        if (status == STATUS_END && applied == stream_end(s).to)
            break;
        if (status == STATUS_END || (lossy && random() % 5 == 0))
            assert_true(stream_rewind(s, applied, stream_epoch(s), &lost) && lost.from == lost.to);
        else if (b->from <= applied)
            apply(a, b, begin, &applied);
        if (lossy && random() % 3 == 0)
            stream_acknowledge(s, applied, false);
    }
    a->records += stream_end(s).ordinal;
    stream_acknowledge(s, applied, true);
    assert_int_equal(stream_state(s), STREAM_ENDED);
    return STATUS_OK;
}

static struct input *open_input(const struct file *f)
{
    struct input *in;
    struct error e;
    assert_int_equal(input_open(f->path, &(struct input_options){ "/tmp", 1 << 20 }, &in, &e), STATUS_OK);
    return in;
}

static struct stream *open_stream(const struct file *f, const struct form *form, struct readers *readers,
                                  struct range range)
{
    struct input *in = open_input(f), *again;
    struct input_file known;
    assert_true(input_describe(in, &known));
    again = input_known(&known);
    input_close(&in);
    return stream_new(
        &(struct stream_options){
            .source = "src", .id = 3, .range = range, .epoch = 5, .form = form, .readers = readers },
        &again);
}

/* Read the file cut every so many bytes; 0: in one piece. STATUS_BAD: it cannot be cut. */
static enum status read_cut(const struct file *f, const struct form *form, uint64_t bytes, bool lossy,
                            struct account *a)
{
    struct readers readers;
    const struct batch_limits limits = { .rows = lossy ? 3 : 64 };
    const struct parse_options parse = { 0 };
    enum status status = STATUS_OK;
    uint64_t head = 0;
    *a = (struct account){ 0 };
    readers_init(&readers, &fake_vendor, &limits, LINE_LIMIT);
    if (bytes && form->state_bytes) {
        struct input *in = open_input(f);
        struct reader *reader = readers_take(&readers, form, &parse);
        if (!range_find_head(in, reader, &head))
            status = STATUS_BAD;
        readers_give(&readers, &reader);
        input_close(&in);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < (bytes ? range_count(f->n, bytes) : 1); i++) {
        struct range range = bytes ? range_of(i, f->n, bytes, head) : (struct range){ 0 };
        struct stream *s = open_stream(f, form, &readers, range);
        status = read_stream(s, range.begin, lossy, a);
        stream_free(&s);
    }
    readers_fini(&readers);
    return status;
}

static void make_file(struct file *f, const char *bytes, size_t n)
{
    scratch_make(f->folder);
    f->path = scratch_write(f->folder, "x.log", bytes, n);
    f->n = n;
}

/* ------------------------------------------------------------------ files */

enum { WITH_HEADER = 1, WITH_SAME_HEADER = 2, WITH_OTHER_HEADER = 4, WITH_COUNTS = 8 };

static size_t print(char *to, const char *format, ...) PRINTF_LIKE(2, 3);
static size_t print(char *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(to, 256, format, arguments);
    va_end(arguments);
    return (size_t)n;
}

static size_t add_line(char *to, unsigned kind, unsigned i)
{
    const char *end = random() % 3 ? "\n" : "\r\n";
    unsigned fate = (unsigned)random() % 20;
    if (fate == 0)
        return print(to, "%s", end);
    if (fate == 1)
        return print(to, "# a remark%s", end);
    if (fate == 2)
        return print(to, "skip it%s", end);
    if (fate == 3)
        return print(to, "%0150u%s", i, end); /* over the limit */
    if (fate == 4)
        return print(to, "nonsense%s", end);
    if (fate == 5 && kind & WITH_SAME_HEADER)
        return print(to, "cols a b%s", end);
    if (fate == 6 && kind & WITH_OTHER_HEADER)
        return print(to, "cols c %ld%s", random() % 3, end);
    if (fate == 7 && kind & WITH_COUNTS)
        return print(to, "14 <1>line\nline\n\n");
    return print(to, "%u %s %u%s", 1000 + i, random() % 2 ? "allow" : "deny", i % 70, end);
}

static void random_file(struct file *f, unsigned kind)
{
    static char text[64 << 10];
    size_t n = 0;
    if (random() % 4 == 0)
        n += print(text, "\xef\xbb\xbf");
    if (random() % 4 == 0)
        n += print(text + n, "\n# first\n\n");
    if (kind & WITH_HEADER)
        n += print(text + n, "cols a b\n");
    unsigned lines = (unsigned)random() % 60;
    for (unsigned i = 0; i < lines; i++)
        n += add_line(text + n, kind, i);
    if (n > 2 && random() % 3 == 0)
        n -= (size_t)random() % 3; /* the last line has no line feed, or is cut */
    make_file(f, text, n);
}

static void compare(unsigned seed, unsigned kind, const struct form *form, unsigned *cut, unsigned *broken)
{
    struct file f;
    struct account whole, parts;
    srandom(seed);
    random_file(&f, kind);
    assert_int_equal(read_cut(&f, form, 0, false, &whole), STATUS_OK);
    assert_int_equal(whole.records, whole.rows + whole.others);
    uint64_t bytes = random() % 4 ? 1 + (uint64_t)random() % (f.n + 5) : 1 + (uint64_t)random() % 20;
    if (read_cut(&f, form, bytes, random() % 2, &parts) == STATUS_OK) {
        if (memcmp(&whole, &parts, sizeof whole) != 0)
            fail_msg("seed %u, form %s, cut every %u bytes", seed, form->name, (unsigned)bytes);
        ++*cut;
    } else {
        ++*broken;
    }
    scratch_remove(f.folder);
}

/* ------------------------------------------------------------------ tests */

static void lines_belong_to_one_range_wherever_the_file_is_cut(void **state)
{
    (void)state;
    unsigned cut = 0, broken = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        compare(i, 0, &plain_form, &cut, &broken);
    assert_int_equal(broken, 0);
}

static void every_range_is_under_the_first_header(void **state)
{
    (void)state;
    unsigned cut = 0, broken = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        compare(i, WITH_HEADER, &fake_forms[0], &cut, &broken);
    assert_true(cut > ROUNDS * 3 / 4); /* the others hold nothing good */
}

static void a_header_that_is_repeated_does_no_harm(void **state)
{
    (void)state;
    unsigned cut = 0, broken = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        compare(i, WITH_HEADER | WITH_SAME_HEADER, &fake_forms[0], &cut, &broken);
    assert_true(cut > ROUNDS * 3 / 4);
}

static void another_header_is_noticed(void **state)
{
    (void)state;
    unsigned cut = 0, broken = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        compare(i, WITH_HEADER | WITH_OTHER_HEADER, &fake_forms[0], &cut, &broken);
    assert_true(broken > ROUNDS / 4);
    for (unsigned i = 0; i < ROUNDS; i++)
        compare(i, WITH_OTHER_HEADER, &fake_forms[0], &cut, &broken);
    static const char text[] = "cols a\n1 x 1\n1 x 2\n1 x 3\ncols b\n1 x 4\n1 x 5\n";
    struct file f;
    struct account a;
    make_file(&f, text, sizeof text - 1);
    /* In the last range it is nobody's concern. */
    assert_int_equal(read_cut(&f, &fake_forms[0], 23, false, &a), STATUS_OK);
    assert_int_equal(a.rows, 5);
    assert_int_equal(read_cut(&f, &fake_forms[0], 15, false, &a), STATUS_BAD);
    scratch_remove(f.folder);
}

static void messages_that_are_no_lines_are_noticed(void **state)
{
    (void)state;
    unsigned cut = 0, broken = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        compare(i, WITH_COUNTS, &syslog_form, &cut, &broken);
    assert_true(broken > ROUNDS / 4 && cut > ROUNDS / 8);
    broken = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        compare(i, 0, &syslog_form, &cut, &broken);
    assert_int_equal(broken, 0);
}

static void every_place_is_cut_once(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf"
                               "cols a\r\n1 x 1\r\n\r\n2 y 22\n\xef\xbb\xbf"
                               "3 z 3\n4 w 444";
    struct file f;
    struct account whole, parts;
    make_file(&f, text, sizeof text - 1);
    for (unsigned form = 0; form < 3; form++) {
        const struct form *const forms[] = { &plain_form, &syslog_form, &fake_forms[0] };
        assert_int_equal(read_cut(&f, forms[form], 0, false, &whole), STATUS_OK);
        for (uint64_t bytes = 1; bytes <= sizeof text; bytes++) {
            assert_int_equal(read_cut(&f, forms[form], bytes, false, &parts), STATUS_OK);
            assert_memory_equal(&whole, &parts, sizeof whole);
        }
    }
    scratch_remove(f.folder);
}

static void a_file_without_a_good_record_near_its_beginning_has_no_head(void **state)
{
    (void)state;
    struct file f;
    struct account a;
    static char text[100000];
    memset(text, '\n', sizeof text);
    memcpy(text + sizeof text - 6, "1 x 2\n", 6);
    make_file(&f, text, sizeof text);
    assert_int_equal(read_cut(&f, &fake_forms[0], 1000, false, &a), STATUS_BAD);
    scratch_remove(f.folder);
    make_file(&f, "# nothing", 9);
    assert_int_equal(read_cut(&f, &fake_forms[0], 4, false, &a), STATUS_BAD);
    scratch_remove(f.folder);
}

static void ranges_cover_a_file_and_are_not_too_many(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 0, 1, 2, 63, 64, 65, 1000, UINT64_C(1) << 42 };
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint64_t bytes = 1; bytes < 70; bytes++) {
            uint32_t n = range_count(sizes[i], bytes);
            assert_true(n >= 1 && n <= 65537);
            uint64_t at = 0;
            for (uint32_t k = 0; k < n; k++) {
                struct range r = range_of(k, sizes[i], bytes, 0);
                assert_int_equal(r.begin, at);
                assert_true(r.end > r.begin && (r.end == RANGE_TO_END) == (k + 1 == n));
                assert_true(k == 0 || r.begin < sizes[i]);
                at = r.end;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_belong_to_one_range_wherever_the_file_is_cut),
        cmocka_unit_test(every_range_is_under_the_first_header),
        cmocka_unit_test(a_header_that_is_repeated_does_no_harm),
        cmocka_unit_test(another_header_is_noticed),
        cmocka_unit_test(messages_that_are_no_lines_are_noticed),
        cmocka_unit_test(every_place_is_cut_once),
        cmocka_unit_test(a_file_without_a_good_record_near_its_beginning_has_no_head),
        cmocka_unit_test(ranges_cover_a_file_and_are_not_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
