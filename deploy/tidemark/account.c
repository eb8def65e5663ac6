#include "account.h"

#include <inttypes.h>
#include <string.h>

void account_fini(struct account *a)
{
    json_decref(a->sources);
    *a = (struct account){ 0 };
}

enum status account_take(struct account *a, const json_t *event, struct error *e)
{
    json_t *sources = json_object_get(event, "sources");
    if (!json_is_array(sources))
        return error_set(e, STATUS_BAD, "account: no list of sources");
    account_fini(a);
    a->sources = json_incref(sources);
    return STATUS_OK;
}

static const json_t *find(const struct account *a, const char *source)
{
    size_t i;
    const json_t *line;
    json_array_foreach(a->sources, i, line)
    {
        const char *name = json_string_value(json_object_get(line, "source"));
        if (name && strcmp(name, source) == 0)
            return line;
    }
    return NULL;
}

json_t *account_copy(const struct account *a, const char *source)
{
    const json_t *line = find(a, source);
    return line ? json_deep_copy(line)
                : json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:[]}", "source", source, "read", 0,
                            "session_records", 0, "skipped", 0, "malformed", 0, "over_limit", 0, "without_port", 0,
                            "lost_bytes", 0, "sessions", 0, "unaccounted", 0, "reasons");
}

static int64_t number(const json_t *line, const char *key)
{
    return json_integer_value(json_object_get(line, key));
}

/* ", skipped 2 (nodata 1, skipdata 1)" */
static void append_verdict(const json_t *line, const char *key, const char *word, const char *verdict,
                           struct buffer *out)
{
    buffer_append_format(out, ", %s %" PRId64, word, number(line, key));
    const char *before = " (";
    size_t i;
    const json_t *reason;
    json_array_foreach(json_object_get(line, "reasons"), i, reason)
    {
        const char *its = json_string_value(json_object_get(reason, "verdict"));
        const char *text = json_string_value(json_object_get(reason, "reason"));
        if (!its || !text || strcmp(its, verdict) != 0)
            continue;
        buffer_append_format(out, "%s%s %" PRId64, before, text, number(reason, "count"));
        before = ", ";
    }
    if (before[0] == ',')
        buffer_append_byte(out, ')');
}

void account_append_line(const struct account *a, const char *source, struct buffer *out)
{
    const json_t *line = find(a, source);
    buffer_append_format(out, "%s: read %" PRId64 ", sessions %" PRId64, source, number(line, "read"),
                         number(line, "sessions"));
    append_verdict(line, "skipped", "skipped", "skip", out);
    append_verdict(line, "malformed", "malformed", "bad", out);
    append_verdict(line, "over_limit", "over limit", "limit", out);
    buffer_append_format(out, ", without port %" PRId64 ", unaccounted %" PRId64, number(line, "without_port"),
                         number(line, "unaccounted"));
    if (number(line, "lost_bytes"))
        buffer_append_format(out, ", lost bytes %" PRId64, number(line, "lost_bytes"));
    buffer_append_byte(out, '\n');
    if (number(line, "read") && number(line, "malformed") == number(line, "read"))
        buffer_append_format(out, "%s: nothing that was read is a record of this source: is it the right one?\n",
                             source);
}

bool account_matters(const struct account *a, const char *source)
{
    const json_t *line = find(a, source);
    return number(line, "malformed") || number(line, "over_limit") || number(line, "lost_bytes") ||
           number(line, "unaccounted");
}

int64_t account_unaccounted(const struct account *a)
{
    int64_t sum = 0;
    size_t i;
    const json_t *line;
    json_array_foreach(a->sources, i, line)
    {
        int64_t one = number(line, "unaccounted");
        sum += one < 0 ? -one : one;
    }
    return sum;
}
