/* The collector's command line. */
#ifndef TIDEMARK_COLLECTORS_CORE_OPTIONS_H
#define TIDEMARK_COLLECTORS_CORE_OPTIONS_H

#include "core/batcher.h"

#include "common/role.h"

#define RANGE_BYTES_AUTO UINT64_MAX

struct option_path {
    const char *path;
    const struct form *form; /* forced, or NULL */
};

struct options {
    struct role role;
    const char *source;
    bool identify; /* only look at the paths (core/identify.h) */
    const char **connect;
    size_t connect_n;
    struct option_path *paths;
    size_t paths_n;
    struct batch_limits limits;
    size_t line_limit_bytes;
    int32_t zone_offset_s;
    struct zone *zone;         /* NULL: its offset is the one above */
    int64_t reference_time_ms; /* TIMESTAMP_NONE: each input's own */
    const char *columns;
    bool keep_going;
    const char *rejects;
    const char *spool_dir;
    uint64_t spool_bytes;
    size_t arena_bytes;       /* of shared memory, for all connections together */
    unsigned share, shares;   /* this one's number, of how many; 0 of 1 */
    const char *plan;         /* file by which the shares know the same inputs; NULL: there is one share */
    uint64_t range_bytes;     /* where large files are cut; 0: nowhere; RANGE_BYTES_AUTO: by their size */
    uint64_t range_bytes_min; /* smaller ones surely not */
    bool once;                /* cut nothing that may have to be read again as a whole */
    uint32_t *no_cut;         /* numbers of inputs */
    size_t no_cut_n;
};

/* Reads the arguments.  --describe and --help print and leave the program with 0; a mistake is said on standard error
 * and leaves it with EXIT_CODE_USAGE. */
void options_parse(struct options *o, const struct collector *c, int argc, char **argv);
void options_fini(struct options *o);

/* "UTC", "Z", "+02:00", "-0330": seconds east of UTC. */
bool options_parse_zone(const char *text, int32_t *out);
/* RFC 3339 date-time. */
bool options_parse_time(const char *text, int64_t *out_ms);

/* For the records of an input with that time. */
struct parse_options options_for_parsing(const struct options *o, int64_t input_time_ms);

/* The answer to --describe: one JSON object and a line feed. */
void options_describe(const struct collector *c, struct buffer *out);

#endif
