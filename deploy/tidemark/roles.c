#include "roles.h"

#include "common/role.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All shared memory of a run. */
#define ARENAS_BYTES ((size_t)32 << 20)

/* Of a collector's rejects: run's folder, source, share. */
#define REJECTS_FORMAT "%s/rejects-%s.%u"

enum status roles_add_folder(const struct supervisor *s, struct words *w, const char *option, const char *name,
                             struct error *e)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", s->runtime.path, name);
    if (mkdir(path, 0700) && errno != EEXIST)
        return error_errno(e, "%s cannot be made", path);
    words_add_pair(w, option, path);
    return STATUS_OK;
}

void roles_add_watchlist(struct words *w, const struct options *o)
{
    if (options_get(o, "watchlist"))
        words_add(w, options_get(o, "watchlist"));
    else
        words_add_format(w, "%s/watchlists/network-session-monitor.csv", role_share_dir());
}

void roles_add_arena(struct words *w, size_t processes)
{
    words_add(w, "--arena-bytes");
    words_add_format(w, "%zu", ARENAS_BYTES / processes);
}

static void add_path(struct child *c, const struct input *i)
{
    words_add_pair(&c->words, "--form", i->form ? i->form : "auto");
    if (strcmp(i->path, "-") == 0)
        c->reads_stdin = true;
    /* A file name that looks like an option is still a file name. */
    if (i->path[0] == '-' && i->path[1])
        words_add_format(&c->words, "./%s", i->path);
    else
        words_add(&c->words, i->path);
}

/* What every collector of a source is told, but for its inputs. */
static enum status add_collector(struct supervisor *s, const char *source, unsigned share, size_t all,
                                 const struct options *o, struct child **out, struct error *e)
{
    char program[NAME_MAX + 1];
    if ((size_t)snprintf(program, sizeof program, "tidemark-collector-%s", source) >= sizeof program)
        return error_set(e, STATUS_CONFIG, "%s: too long", source);
    struct child *c = *out = supervisor_add(s, program, "the collector of %s", source);
    c->collects = true;
    c->source = source;
    words_add_pair(&c->words, "--source", source);
    words_add(&c->words, "--name");
    words_add_format(&c->words, share ? "%s.%u" : "%s", source, share);
    words_add(&c->words, "--connect");
    words_add_format(&c->words, "ipc://%s/normalizer", s->runtime.path);
    char spool[NAME_MAX + 1];
    snprintf(spool, sizeof spool, "spool-%.200s", source);
    enum status status = roles_add_folder(s, &c->words, "--spool-dir", spool, e);
    if (status != STATUS_OK)
        return status;
    if (options_get(o, "rejects")) {
        words_add(&c->words, "--rejects");
        words_add_format(&c->words, REJECTS_FORMAT, s->runtime.path, source, share);
    }
    roles_add_arena(&c->words, all + 1); /* the normalizer too */
    options_pass(o, TO_COLLECTORS, &c->words);
    options_pass_source(o, source, &c->words);
    return STATUS_OK;
}

enum status roles_add_collector(struct supervisor *s, const struct inputs *in, size_t first, const struct options *o,
                                struct error *e)
{
    struct child *c;
    enum status status = add_collector(s, in->input[first].source, 0, 1, o, &c, e);
    if (status == STATUS_OK)
        add_path(c, &in->input[first]);
    return status;
}

static void add_sharing(const struct supervisor *s, struct child *c, unsigned share, const struct sharing *sharing)
{
    words_add(&c->words, "--share");
    words_add_format(&c->words, "%u/%u", share, sharing->of);
    words_add(&c->words, "--plan");
    words_add_format(&c->words, "%s/inputs-%s.%u", s->runtime.path, c->source, sharing->attempt);
    words_add_pair(&c->words, "--range-bytes", sharing->range);
    if (sharing->once)
        words_add(&c->words, "--once");
    for (size_t i = 0; i < s->uncut_n; i++) {
        if (strcmp(s->uncut[i].source, c->source) != 0)
            continue;
        words_add(&c->words, "--no-cut");
        words_add_format(&c->words, "%u", s->uncut[i].input);
    }
}

enum status roles_add_collectors(struct supervisor *s, const struct inputs *in, size_t first,
                                 const struct sharing *sharing, const struct options *o, struct error *e)
{
    const char *source = in->input[first].source;
    enum status status = STATUS_OK;
    for (unsigned share = 0; share < sharing->of && status == STATUS_OK; share++) {
        struct child *c;
        status = add_collector(s, source, share, sharing->all, o, &c, e);
        if (status != STATUS_OK)
            break;
        add_sharing(s, c, share, sharing);
        for (size_t i = first; i < in->n; i++)
            if (strcmp(in->input[i].source, source) == 0)
                add_path(c, &in->input[i]);
        c->reads_stdin &= share == 0;
    }
    return status;
}

enum status rejects_open(const struct options *o, int *fd, struct error *e)
{
    const char *path = options_get(o, "rejects");
    *fd = -1;
    if (!path)
        return STATUS_OK;
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return *fd < 0 ? error_errno(e, "--rejects %s cannot be written", path) : STATUS_OK;
}

static enum status copy_all(const char *path, int to, struct error *e)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return errno == ENOENT ? STATUS_OK : error_errno(e, "%s", path);
    enum status status = STATUS_OK;
    char bytes[65536];
    for (ssize_t n; status == STATUS_OK && (n = read(from, bytes, sizeof bytes)) > 0;)
        for (ssize_t done = 0, now; done < n; done += now)
            if ((now = write(to, bytes + done, (size_t)(n - done))) < 0) {
                status = error_errno(e, "the file of rejects cannot be written");
                break;
            }
    close(from);
    return status;
}

enum status rejects_collect(const struct supervisor *s, const struct inputs *in, int fd, struct error *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; fd >= 0 && i < in->n; i++) {
        if (inputs_seen(in, i))
            continue;
        for (unsigned share = 0; share < COLLECTORS_MAX && status == STATUS_OK; share++) {
            char path[PATH_MAX];
            snprintf(path, sizeof path, REJECTS_FORMAT, s->runtime.path, in->input[i].source, share);
            status = copy_all(path, fd, e);
            unlink(path);
        }
    }
    return status;
}

bool roles_print_account(const struct account *a, const struct inputs *in, size_t from, size_t to, enum show show)
{
    struct buffer text = { 0 };
    if (!a->sources) {
        fputs("tidemark: internal error: nobody has said what became of the records; do not trust the results\n",
              stderr);
        return false;
    }
    bool adds_up = account_unaccounted(a) == 0;
    for (size_t i = from; i < to; i++) {
        const char *source = in->input[i].source;
        if (from == 0 && inputs_seen(in, i))
            continue;
        if (!adds_up || show == SHOW_ALL || (show == SHOW_WHAT_MATTERS && account_matters(a, source)))
            account_append_line(a, source, &text);
    }
    if (text.n)
        fwrite(text.p, 1, text.n, stderr);
    buffer_fini(&text);
    if (!adds_up)
        fputs("tidemark: internal error: records are unaccounted for (see above); do not trust the results\n", stderr);
    return adds_up;
}
