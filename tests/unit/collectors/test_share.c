#include "core/share.h"

#include "core/plan.h"

#include "fake_vendor.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { SHARES = 3 };

struct fixture {
    char folder[64], plan[128];
};

static void make(struct fixture *f)
{
    scratch_make(f->folder);
    snprintf(f->plan, sizeof f->plan, "%s/plan", f->folder);
}

static struct options options_of(const struct fixture *f, unsigned share, unsigned shares, uint64_t range_bytes)
{
    return (struct options){ .role = { .life_fd = -1, .status_fd = -1 },
                             .source = "src",
                             .line_limit_bytes = 1000,
                             .reference_time_ms = TIMESTAMP_NONE,
                             .spool_dir = f->folder,
                             .spool_bytes = 1 << 20,
                             .share = share,
                             .shares = shares,
                             .plan = shares > 1 ? f->plan : NULL,
                             .range_bytes = range_bytes,
                             .range_bytes_min = range_bytes };
}

static void add_path(struct options *o, struct option_path *paths, const char *path)
{
    o->paths = paths;
    paths[o->paths_n++] = (struct option_path){ path, NULL };
}

static const char rows[] = "cols a\n1 x 1\n2 x 2\n3 x 3\n4 x 4\n5 x 5\n6 x 6\n7 x 7\n";

/* All pieces that three collectors take, in any order of turns, as "number.range " sorted by the order of claims. */
static void take_all(struct fixture *f, struct options *o, struct inputs *in, unsigned seed, struct buffer *taken)
{
    struct share share[SHARES];
    bool done[SHARES] = { false };
    struct error e;
    unsigned left = SHARES;
    (void)f;
    srandom(seed);
    for (unsigned i = 0; i < SHARES; i++)
        assert_int_equal(share_open(&share[i], &in[i], &o[i], &e), STATUS_OK);
    while (left) {
        unsigned who = (unsigned)random() % SHARES;
        struct piece p;
        enum status s = share_next(&share[who], &p, &e);
        if (s == STATUS_END) {
            left -= !done[who];
            done[who] = true;
            continue;
        }
        assert_int_equal(s, STATUS_OK);
        assert_false(done[who]);
        if (input_is_live(p.input))
            assert_int_equal(who, 0);
        buffer_append_format(taken, "%u.%u ", p.number, p.range.end ? p.range.number : 99);
        input_close(&p.input);
    }
    for (unsigned i = 0; i < SHARES; i++)
        share_close(&share[i]);
}

static void open_all(struct options *o, struct inputs *in)
{
    struct error e;
    for (unsigned i = 0; i < SHARES; i++) {
        assert_int_equal(inputs_find(&in[i], &o[i], &fake_vendor, &e), STATUS_OK);
        assert_int_equal(in[i].failures, 0);
        assert_int_equal(in[i].n, in[0].n);
    }
}

static void collectors_take_every_piece_once_and_in_order(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct fixture f;
        struct options o[SHARES];
        struct option_path paths[SHARES][3];
        struct inputs in[SHARES];
        struct buffer taken = { 0 };
        make(&f);
        const char *a = scratch_write(f.folder, "a.log", rows, sizeof rows - 1);
        const char *b = scratch_write(f.folder, "b.json", "{}\n{}\n{}\n{}\n{}\n", 15);
        const char *c = scratch_write(f.folder, "c.log", rows, 26);
        for (unsigned i = 0; i < SHARES; i++) {
            o[i] = options_of(&f, i, SHARES, 14);
            add_path(&o[i], paths[i], a);
            add_path(&o[i], paths[i], b);
            add_path(&o[i], paths[i], c);
        }
        open_all(o, in);
        take_all(&f, o, in, seed, &taken);
        static const char all[] = "0.0 0.1 0.2 0.3 1.99 2.0 2.1 ";
        assert_int_equal(taken.n, sizeof all - 1);
        assert_memory_equal(taken.p, all, taken.n);
        for (unsigned i = 0; i < SHARES; i++)
            inputs_fini(&in[i]);
        buffer_fini(&taken);
        scratch_remove(f.folder);
    }
}

static void a_pipe_is_the_first_ones_whoever_comes(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 10; seed++) {
        struct fixture f;
        struct options o[SHARES];
        struct option_path paths[SHARES][2];
        struct inputs in[SHARES];
        struct buffer taken = { 0 };
        char pipe[128];
        make(&f);
        snprintf(pipe, sizeof pipe, "%s/pipe", f.folder);
        assert_int_equal(mkfifo(pipe, 0600), 0);
        const char *a = scratch_write(f.folder, "a.log", rows, sizeof rows - 1);
        for (unsigned i = 0; i < SHARES; i++) {
            o[i] = options_of(&f, i, SHARES, 0);
            add_path(&o[i], paths[i], pipe);
            add_path(&o[i], paths[i], a);
            paths[i][0].form = &fake_forms[0];
        }
        open_all(o, in);
        take_all(&f, o, in, seed, &taken);
        assert_int_equal(taken.n, strlen("0.99 1.99 "));
        for (unsigned i = 0; i < SHARES; i++)
            inputs_fini(&in[i]);
        buffer_fini(&taken);
        scratch_remove(f.folder);
    }
}

static void what_is_not_to_be_cut_is_not(void **state)
{
    (void)state;
    struct fixture f;
    struct option_path path;
    struct error e;
    make(&f);
    const char *a = scratch_write(f.folder, "a.log", rows, sizeof rows - 1);
    uint32_t numbers[] = { 7, 0 };
    for (unsigned i = 0; i < 4; i++) {
        struct options o = options_of(&f, 0, 1, i == 0 ? 0 : 10);
        struct inputs in;
        struct share share;
        struct piece p;
        add_path(&o, &path, a);
        o.once = i == 1; /* lines under a header: perhaps in vain */
        o.no_cut = numbers;
        o.no_cut_n = i == 2 ? 2 : 1;
        assert_int_equal(inputs_find(&in, &o, &fake_vendor, &e), STATUS_OK);
        assert_int_equal(share_open(&share, &in, &o, &e), STATUS_OK);
        assert_int_equal(share_next(&share, &p, &e), STATUS_OK);
        assert_int_equal(p.range.end, i == 3 ? 10 : 0);
        input_close(&p.input);
        share_close(&share);
        inputs_fini(&in);
    }
    scratch_remove(f.folder);
}

static void a_plan_says_what_the_first_one_found(void **state)
{
    (void)state;
    struct fixture f;
    struct option_path paths[2];
    struct inputs in, again;
    struct input_file x, y;
    struct error e;
    make(&f);
    struct options o = options_of(&f, 0, 2, 10);
    add_path(&o, paths, scratch_write(f.folder, "with a \n line feed", rows, sizeof rows - 1));
    add_path(&o, paths, scratch_write(f.folder, "j", "[{}]", 4));
    assert_int_equal(plan_read(f.plan, &fake_vendor, &again, &e), STATUS_AGAIN);
    assert_int_equal(inputs_find(&in, &o, &fake_vendor, &e), STATUS_OK);
    assert_int_equal(plan_read(f.plan, &fake_vendor, &again, &e), STATUS_OK);
    assert_int_equal(again.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(input_describe(in.item[i].input, &x) && input_describe(again.item[i].input, &y));
        assert_string_equal(x.path, y.path);
        assert_true(x.device == y.device && x.inode == y.inode && x.size_bytes == y.size_bytes &&
                    x.time_ms == y.time_ms);
        assert_ptr_equal(in.item[i].form, again.item[i].form);
        assert_int_equal(in.item[i].cut, again.item[i].cut);
        assert_int_equal(in.item[i].head, again.item[i].head);
    }
    assert_true(again.item[0].cut && again.item[0].head == 13 && !again.item[1].cut);
    inputs_fini(&in);
    inputs_fini(&again);
    scratch_remove(f.folder);
}

static void a_damaged_plan_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct inputs in;
    struct error e;
    make(&f);
    static const char good[] = "native\0cut\0"
                               "1\0"
                               "2\0"
                               "3\0"
                               "4\0"
                               "5\0"
                               "/x\0";
    scratch_write(f.folder, "plan", good, sizeof good - 1);
    assert_int_equal(plan_read(f.plan, &fake_vendor, &in, &e), STATUS_OK);
    inputs_fini(&in);
    for (size_t n = 1; n < sizeof good - 1; n++) {
        scratch_write(f.folder, "plan", good, n);
        assert_int_equal(plan_read(f.plan, &fake_vendor, &in, &e), STATUS_CONFIG);
        inputs_fini(&in);
    }
    static const char *const bad[] = { "nothing", "x", "-1" };
    static const size_t at[] = { 0, 11, 15 };
    for (unsigned i = 0; i < 3; i++) {
        struct buffer b = { 0 };
        buffer_append(&b, good, at[i]);
        buffer_append(&b, bad[i], strlen(bad[i]) + 1);
        size_t next = at[i] + strlen(good + at[i]) + 1;
        buffer_append(&b, good + next, sizeof good - 1 - next);
        scratch_write(f.folder, "plan", b.p, b.n);
        assert_int_equal(plan_read(f.plan, &fake_vendor, &in, &e), STATUS_CONFIG);
        inputs_fini(&in);
        buffer_fini(&b);
    }
    scratch_remove(f.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collectors_take_every_piece_once_and_in_order),
        cmocka_unit_test(a_pipe_is_the_first_ones_whoever_comes),
        cmocka_unit_test(what_is_not_to_be_cut_is_not),
        cmocka_unit_test(a_plan_says_what_the_first_one_found),
        cmocka_unit_test(a_damaged_plan_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
