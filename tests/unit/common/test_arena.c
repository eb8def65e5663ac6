/* The arena by itself: what its owner writes, what a reader believes, and what it refuses. */
#include "common/link/arena.h"
#include "common/link/views.h"

#include "common/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <cmocka.h>

enum { BYTES = 1 << 20 };

static char folder[64];

static struct arena_owner *open_owner(void)
{
    struct arena_owner *a;
    struct error e;
    if (arena_owner_open(folder, BYTES, &a, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    return a;
}

static struct arena_view *open_view(const struct arena_owner *a)
{
    struct arena_view *v;
    struct error e;
    if (arena_view_open(folder, arena_owner_name(a), &v, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    return v;
}

/* Fill a slot with `n` bytes of `c` and publish it. */
static struct arena_slot fill(struct arena_owner *a, char c, size_t n, struct arena_reference *r)
{
    struct arena_slot slot;
    char text[ARENA_REFERENCE_BYTES];
    assert_true(arena_owner_take(a, &slot));
    assert_true(n + ARENA_PADDING_BYTES <= slot.capacity);
    memset(slot.p, c, n);
    arena_owner_publish(a, &slot, n, text);
    assert_true(arena_reference_parse(span_text(text), r));
    return slot;
}

static void what_is_written_is_read_in_place(void **state)
{
    (void)state;
    struct arena_owner *a = open_owner();
    struct arena_view *v = open_view(a);
    struct arena_reference r;
    struct span payload;
    for (size_t n = 0; n < 10000; n = 3 * n + 1) {
        struct arena_slot slot = fill(a, 'a', n, &r);
        assert_null(arena_view_read(v, &r, n, &payload));
        assert_int_equal(payload.n, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(payload.p[i], 'a');
        for (size_t i = 0; i < ARENA_PADDING_BYTES; i++)
            assert_int_equal(payload.p[n + i], 0);
        if (n) { /* the same memory, not a copy */
            slot.p[n / 2] = 'b';
            assert_int_equal(payload.p[n / 2], 'b');
        }
        arena_owner_give_up(a, &slot);
    }
    arena_view_close(&v);
    arena_owner_close(&a);
}

static void slots_come_back_by_the_number_of_their_batch(void **state)
{
    (void)state;
    struct arena_owner *a = open_owner();
    struct arena_slot slot;
    struct arena_reference r;
    for (uint64_t i = 0; i < ARENA_SLOTS; i++) {
        slot = fill(a, 'x', 10, &r);
        arena_owner_sent(a, &slot, 100 + i);
    }
    assert_false(arena_owner_take(a, &slot));
    arena_owner_release(a, 99);
    assert_false(arena_owner_take(a, &slot));
    arena_owner_release(a, 101);
    assert_true(arena_owner_take(a, &slot));
    struct arena_slot other;
    assert_true(arena_owner_take(a, &other));
    assert_int_not_equal(slot.index, other.index);
    assert_false(arena_owner_take(a, &(struct arena_slot){ 0 }));
    arena_owner_release(a, UINT64_MAX); /* what is being filled is nobody's to release */
    for (unsigned i = 0; i < ARENA_SLOTS - 2; i++)
        assert_true(arena_owner_take(a, &(struct arena_slot){ 0 }));
    assert_false(arena_owner_take(a, &(struct arena_slot){ 0 }));
    arena_owner_close(&a);
}

static void a_slot_that_was_taken_again_is_another_generation(void **state)
{
    (void)state;
    struct arena_owner *a = open_owner();
    struct arena_view *v = open_view(a);
    struct arena_reference old, new;
    struct span payload;
    struct arena_slot slot = fill(a, 'o', 100, &old);
    arena_owner_sent(a, &slot, 1);
    arena_owner_release(a, 1);
    assert_true(arena_owner_take(a, &slot));
    assert_non_null(arena_view_read(v, &old, 100, &payload)); /* being filled */
    arena_owner_give_up(a, &slot);
    slot = fill(a, 'n', 100, &new);
    assert_int_equal(old.slot, new.slot);
    assert_non_null(arena_view_read(v, &old, 100, &payload));
    assert_null(arena_view_read(v, &new, 100, &payload));
    arena_view_close(&v);
    arena_owner_close(&a);
}

static void a_dead_owner_leaves_its_payloads_to_their_reader(void **state)
{
    (void)state;
    struct arena_owner *a = open_owner();
    struct arena_view *v = open_view(a);
    struct arena_reference r;
    struct span payload;
    (void)fill(a, 'd', 50000, &r);
    arena_owner_close(&a);
    assert_null(arena_view_read(v, &r, 50000, &payload));
    for (size_t i = 0; i < payload.n; i++)
        assert_int_equal(payload.p[i], 'd');
    arena_view_close(&v);
}

static void hostile_references_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "inline",
        "arena-",
        "arena-0123456789abcdef",
        "arena-0123456789abcdef/",
        "arena-0123456789abcdef/1",
        "arena-0123456789abcdef//1",
        "arena-0123456789abcdef/1/",
        "arena-0123456789abcdef/1/1/1",
        "arena-0123456789abcdef/01/1",
        "arena-0123456789abcdef/-1/1",
        "arena-0123456789abcdef/+1/1",
        "arena-0123456789abcdef/ 1/1",
        "arena-0123456789abcdef/4294967296/1",
        "arena-0123456789abcdef/1/18446744073709551616",
        "arena-0123456789abcdef/1/99999999999999999999999999",
        "arena-0123456789ABCDEF/1/1",
        "arena-0123456789abcde/1/1",
        "arena-0123456789abcdef0/1/1",
        "arena-../../etc/passwd/1/1",
        "brena-0123456789abcdef/1/1",
    };
    struct arena_reference r;
    uint64_t id;
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        if (arena_reference_parse(span_text(texts[i]), &r))
            fail_msg("%s was taken for a reference", texts[i]);
    assert_false(arena_reference_parse(span_of("arena-0123456789abcdef/1\0/1", 27), &r));
    assert_true(arena_reference_parse(SPAN_LITERAL("arena-0123456789abcdef/4294967295/18446744073709551615"), &r));
    assert_true(r.id == UINT64_C(0x0123456789abcdef) && r.slot == UINT32_MAX && r.generation == UINT64_MAX);
    assert_false(arena_name_parse(SPAN_LITERAL("arena-0123456789abcde/"), &id));
    assert_false(arena_name_parse(SPAN_LITERAL("../na-0123456789abcdef"), &id));
}

static void references_to_what_is_not_there_are_refused(void **state)
{
    (void)state;
    struct arena_owner *a = open_owner();
    struct arena_view *v = open_view(a);
    struct arena_reference good;
    struct span payload;
    (void)fill(a, 'g', 2000, &good);
    for (unsigned i = 0; i < 64; i++) {
        struct arena_reference r = good;
        r.id ^= UINT64_C(1) << i;
        assert_non_null(arena_view_read(v, &r, 2000, &payload));
        r = good;
        r.generation ^= UINT64_C(1) << i;
        assert_non_null(arena_view_read(v, &r, 2000, &payload));
        r = good;
        if (i < 32) {
            r.slot ^= UINT32_C(1) << i;
            assert_non_null(arena_view_read(v, &r, 2000, &payload));
        }
        assert_non_null(arena_view_read(v, &good, 2000 ^ UINT64_C(1) << i, &payload));
    }
    struct arena_reference zero = good;
    zero.generation = 0;
    zero.slot = (good.slot + 1) % ARENA_SLOTS; /* never filled */
    assert_non_null(arena_view_read(v, &zero, 0, &payload));
    assert_null(arena_view_read(v, &good, 2000, &payload));
    arena_view_close(&v);
    arena_owner_close(&a);
}

static void every_changed_bit_of_a_slots_head_and_envelope_is_noticed(void **state)
{
    (void)state;
    enum { N = 300 };
    struct arena_owner *a = open_owner();
    struct arena_view *v = open_view(a);
    struct arena_reference r;
    struct span payload;
    struct arena_slot slot = fill(a, 'e', N, &r);
    unsigned char *head = (unsigned char *)slot.p - sizeof(struct arena_slot_head);
    size_t covered = offsetof(struct arena_slot_head, reserved);
    for (size_t i = 0; i < sizeof(struct arena_slot_head) + N; i++) {
        if (i >= covered && i < sizeof(struct arena_slot_head))
            continue;
        for (unsigned bit = 0; bit < 8; bit++) {
            head[i] ^= (unsigned char)(1u << bit);
            if (!arena_view_read(v, &r, N, &payload))
                fail_msg("bit %u of byte %zu may change", bit, i);
            head[i] ^= (unsigned char)(1u << bit);
        }
    }
    assert_null(arena_view_read(v, &r, N, &payload));
    arena_view_close(&v);
    arena_owner_close(&a);
}

static void hostile_headers_are_refused(void **state)
{
    (void)state;
    enum { SIZE = ARENA_PAGE_BYTES + 2 * ARENA_SLOT_BYTES_MIN };
    static _Alignas(64) char mapping[SIZE];
    const struct arena_head good = { ARENA_MAGIC, 7, 2, ARENA_SLOT_BYTES_MIN };
    struct arena_layout l;
    memcpy(mapping, &good, sizeof good);
    assert_null(arena_head_check(span_of(mapping, SIZE), 7, &l));
    assert_int_equal(l.slots_n, 2);
    assert_non_null(arena_head_check(span_of(mapping, SIZE), 8, &l));
    assert_non_null(arena_head_check(span_of(mapping, SIZE - 1), 7, &l));
    assert_non_null(arena_head_check(span_of(mapping, sizeof good), 7, &l));
    assert_non_null(arena_head_check(span_of(mapping, 0), 7, &l));
    const struct arena_head bad[] = {
        { ARENA_MAGIC + 1, 7, 2, ARENA_SLOT_BYTES_MIN },
        { ARENA_MAGIC, 7, 0, ARENA_SLOT_BYTES_MIN },
        { ARENA_MAGIC, 7, 3, ARENA_SLOT_BYTES_MIN },
        { ARENA_MAGIC, 7, UINT32_MAX, ARENA_SLOT_BYTES_MIN },
        { ARENA_MAGIC, 7, 1, 0 },
        { ARENA_MAGIC, 7, 1, ARENA_PAGE_BYTES },
        { ARENA_MAGIC, 7, 1, ARENA_SLOT_BYTES_MIN + 1 },
        { ARENA_MAGIC, 7, 1, 3 * ARENA_SLOT_BYTES_MIN },
        { ARENA_MAGIC, 7, 1, UINT32_MAX - ARENA_PAGE_BYTES + 1 },
        { ARENA_MAGIC, 7, ARENA_SLOTS_MAX, UINT32_MAX - ARENA_PAGE_BYTES + 1 },
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(mapping, &bad[i], sizeof bad[i]);
        if (!arena_head_check(span_of(mapping, SIZE), 7, &l))
            fail_msg("header %u is believed", i);
    }
}

static void expect_refused(const char *name)
{
    struct arena_view *v;
    struct error e = { 0 };
    assert_int_not_equal(arena_view_open(folder, span_text(name), &v, &e), STATUS_OK);
    assert_null(v);
    assert_true(e.text[0] != '\0');
}

/* A file of any other kind could be cut short under its reader's feet, or be never-ending. */
static void only_memory_that_keeps_its_size_is_mapped(void **state)
{
    (void)state;
    static const char name[] = "arena-00000000000000aa";
    char path[128], target[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    expect_refused(name); /* nothing there */
    expect_refused("arena-../../../etc/hosts");
    expect_refused("");

    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, BYTES) == 0);
    const struct arena_head head = { ARENA_MAGIC, 0xaa, 1, ARENA_SLOT_BYTES_MIN };
    assert_int_equal(write(fd, &head, sizeof head), sizeof head);
    expect_refused(name); /* an ordinary file with a good header */
    close(fd);
    unlink(path);

    const char *const others[] = { "/dev/zero", "/dev/null", "/etc", "/nowhere", "/proc/self/mem" };
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(symlink(others[i], path), 0);
        expect_refused(name);
        unlink(path);
    }
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused(name); /* and is not waited for */
    unlink(path);

    int seals[] = { 0, F_SEAL_GROW, F_SEAL_SHRINK };
    for (unsigned i = 0; i < 3; i++) {
        fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        assert_true(fd >= 0 && ftruncate(fd, i < 2 ? BYTES : 100) == 0);
        assert_int_equal(write(fd, &head, sizeof head), sizeof head);
        assert_int_equal(fcntl(fd, F_ADD_SEALS, seals[i]), 0);
        snprintf(target, sizeof target, "/proc/%ld/fd/%d", (long)getpid(), fd);
        assert_int_equal(symlink(target, path), 0);
        expect_refused(name); /* may shrink; may shrink; too short */
        unlink(path);
        close(fd);
    }
}

static void an_arena_cannot_be_shrunk_or_written_by_others(void **state)
{
    (void)state;
    struct arena_owner *a = open_owner();
    char path[128];
    snprintf(path, sizeof path, "%s/%.*s", folder, (int)arena_owner_name(a).n, arena_owner_name(a).p);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_not_equal(ftruncate(fd, 0), 0);
    assert_int_not_equal(ftruncate(fd, 64 << 20), 0);
    assert_int_not_equal(pwrite(fd, "x", 1, 0), 1);
    assert_true(mmap(NULL, ARENA_PAGE_BYTES, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    close(fd);
    arena_owner_close(&a);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void what_does_not_fit_is_said_and_kills_nobody(void **state)
{
    (void)state;
    struct arena_owner *a;
    struct error e;
    struct rlimit old, low = { 64 << 10, 0 };
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    assert_int_equal(arena_owner_open(folder, BYTES, &a, &e), STATUS_FULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_null(a);
    assert_int_equal(arena_owner_open(folder, 0, &a, &e), STATUS_FULL);
    assert_int_equal(arena_owner_open(folder, ARENA_SLOTS * ARENA_SLOT_BYTES_MIN, &a, &e), STATUS_FULL);
    assert_int_not_equal(arena_owner_open("/nowhere/at/all", BYTES, &a, &e), STATUS_OK);
}

static void links_of_the_dead_are_removed_and_those_of_the_living_stay(void **state)
{
    (void)state;
    struct arena_owner *living = open_owner();
    char name[ARENA_NAME_BYTES], dead[128], other[128], alive[128];
    int told[2];
    assert_int_equal(pipe(told), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct arena_owner *a;
        if (arena_owner_open(folder, BYTES, &a, NULL) == STATUS_OK &&
            write(told[1], arena_owner_name(a).p, arena_owner_name(a).n) < 0)
            _exit(1);
        pause();
    }
    assert_true(pid > 0);
    ssize_t n = read(told[0], name, sizeof name - 1);
    assert_int_equal(n, ARENA_NAME_BYTES - 2);
    name[n] = 0;
    snprintf(dead, sizeof dead, "%s/%s", folder, name);
    snprintf(alive, sizeof alive, "%s/%.*s", folder, (int)arena_owner_name(living).n, arena_owner_name(living).p);
    snprintf(other, sizeof other, "%s/something-else", folder);
    assert_int_equal(symlink("/proc/1/fd/nothing", other), 0);

    struct arena_owner *a = open_owner(); /* while it lives, its link stays */
    arena_owner_close(&a);
    struct arena_view *v;
    struct error e;
    assert_int_equal(arena_view_open(folder, span_text(name), &v, &e), STATUS_OK);
    arena_view_close(&v);

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    char target[64];
    assert_true(readlink(dead, target, sizeof target) > 0);
    a = open_owner();
    assert_int_equal(readlink(dead, target, sizeof target), -1);
    assert_true(readlink(alive, target, sizeof target) > 0);
    assert_true(readlink(other, target, sizeof target) > 0);
    unlink(other);
    close(told[0]);
    close(told[1]);
    arena_owner_close(&a);
    arena_owner_close(&living);
}

static void a_view_stays_while_it_is_used_or_held(void **state)
{
    (void)state;
    struct arena_owner *a = open_owner();
    struct views views = { .folder = folder };
    struct view *first, *second;
    struct error e;
    struct view_hold five = { .sequence = 5 }, seven = { .sequence = 7 };
    assert_int_equal(views_get(&views, arena_owner_name(a), &first, &e), STATUS_OK);
    assert_int_equal(views_get(&views, arena_owner_name(a), &second, &e), STATUS_OK);
    assert_ptr_equal(first, second);
    assert_int_equal(view_released(first, 9), 9);
    views_hold(first, &seven);
    views_hold(first, &five);
    assert_int_equal(view_released(first, 9), 4);
    assert_int_equal(view_released(first, 3), 3);
    struct view *held = first;
    views_put(&views, &first);
    views_put(&views, &second);
    assert_null(first);
    assert_ptr_equal(views.first, held);
    views_let_go(&views, held, &five);
    assert_int_equal(view_released(held, 9), 6);
    views_let_go(&views, held, &seven);
    assert_null(views.first);
    struct views elsewhere = { 0 };
    assert_int_not_equal(views_get(&elsewhere, arena_owner_name(a), &first, &e), STATUS_OK);
    arena_owner_close(&a);
}

static void a_borrowed_buffer_moves_when_it_is_outgrown(void **state)
{
    (void)state;
    char memory[256];
    struct buffer b = buffer_over(memory, sizeof memory);
    for (int i = 0; i < 192; i++)
        buffer_append_byte(&b, (char)i);
    assert_true(b.borrowed && b.p == memory);
    buffer_append_byte(&b, (char)192);
    assert_false(b.borrowed);
    assert_ptr_not_equal(b.p, memory);
    assert_int_equal(b.n, 193);
    for (int i = 0; i < 193; i++)
        assert_int_equal(b.p[i], (char)i);
    buffer_fini(&b);
    b = buffer_over(memory, sizeof memory);
    buffer_fini(&b); /* frees nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_in_place),
        cmocka_unit_test(slots_come_back_by_the_number_of_their_batch),
        cmocka_unit_test(a_slot_that_was_taken_again_is_another_generation),
        cmocka_unit_test(a_dead_owner_leaves_its_payloads_to_their_reader),
        cmocka_unit_test(hostile_references_are_refused),
        cmocka_unit_test(references_to_what_is_not_there_are_refused),
        cmocka_unit_test(every_changed_bit_of_a_slots_head_and_envelope_is_noticed),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(only_memory_that_keeps_its_size_is_mapped),
        cmocka_unit_test(an_arena_cannot_be_shrunk_or_written_by_others),
        cmocka_unit_test(what_does_not_fit_is_said_and_kills_nobody),
        cmocka_unit_test(links_of_the_dead_are_removed_and_those_of_the_living_stay),
        cmocka_unit_test(a_view_stays_while_it_is_used_or_held),
        cmocka_unit_test(a_borrowed_buffer_moves_when_it_is_outgrown),
    };
    snprintf(folder, sizeof folder, "/tmp/tidemark-test-arena-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(folder) ? 1 : failed;
}
