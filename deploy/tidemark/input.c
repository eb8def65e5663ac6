#include "input.h"

#include "identify.h"

#include "common/buffer.h"

#include <stdlib.h>
#include <string.h>

#define AUTO "auto" /* the source is told from the data */

static void input_fini(struct input *i)
{
    free(i->source);
    free(i->form);
    free(i->path);
}

static enum status unknown_source(const struct catalogue *c, const char *source, struct error *e)
{
    const char *nearest = catalogue_nearest(c, source);
    if (nearest)
        return error_set(e, STATUS_CONFIG, "%s: no such source; did you mean %s? (tidemark sources lists all)", source,
                         nearest);
    return error_set(e, STATUS_CONFIG, "%s: no such source (tidemark sources lists all)", source);
}

static enum status check_auto(const struct input *i, const char *argument, struct error *e)
{
    if (i->form)
        return error_set(e, STATUS_CONFIG, "%s: expected auto=PATH; the form is told from the data", argument);
    if (strcmp(i->path, "-") == 0)
        return error_set(e, STATUS_CONFIG, "%s: standard input can be read once only; name its source", argument);
    return STATUS_OK;
}

static enum status parse_one(struct input *i, const char *argument, const struct catalogue *c, struct error *e)
{
    struct span text = span_text(argument);
    size_t equals = span_find(text, '=', 0);
    if (equals == text.n)
        return error_set(e, STATUS_CONFIG, "%s: expected SOURCE=PATH, such as aws-vpcflow=%s", argument, argument);
    struct span source = span_of(text.p, equals), path = span_from(text, equals + 1);
    size_t colon = span_find(source, ':', 0);
    bool has_form = colon < source.n;
    struct span form = span_from(source, colon + 1);
    source.n = colon;
    if (source.n == 0 || path.n == 0 || (has_form && form.n == 0))
        return error_set(e, STATUS_CONFIG, "%s: expected SOURCE=PATH or SOURCE:FORM=PATH, none of them empty",
                         argument);
    i->source = allocate_text(source);
    i->form = has_form ? allocate_text(form) : NULL;
    i->path = allocate_text(path);
    if (strcmp(i->source, AUTO) == 0)
        return check_auto(i, argument, e);
    return catalogue_has(c, i->source) ? STATUS_OK : unknown_source(c, i->source, e);
}

/* In the place of an input of `auto`: each file that it stands for, as what it looks like. */
static enum status replace_auto(struct inputs *in, const struct catalogue *c, struct error *e)
{
    struct input *one = &in->input[in->n - 1];
    struct identification found;
    enum status status = identify(c, &one->path, 1, &found, e);
    for (size_t i = 0; i < found.n && status == STATUS_OK; i++)
        status = identified_check(&found.file[i], e);
    if (status == STATUS_OK && found.n) {
        input_fini(one);
        in->n--;
        in->input = allocate_more(in->input, in->n + found.n + 1, sizeof *in->input);
        for (size_t i = 0; i < found.n; i++)
            in->input[in->n++] = (struct input){ .source = allocate_text(span_text(found.file[i].candidate[0].source)),
                                                 .path = allocate_text(span_text(found.file[i].path)) };
    }
    identification_fini(&found);
    return status;
}

enum status inputs_parse(struct inputs *in, char *const *argument, int n, const struct catalogue *c, struct error *e)
{
    *in = (struct inputs){ 0 };
    bool standard_input = false;
    for (int i = 0; i < n; i++) {
        in->input = allocate_more(in->input, in->n + 1, sizeof *in->input);
        in->input[in->n] = (struct input){ 0 };
        struct input *one = &in->input[in->n++];
        enum status status = parse_one(one, argument[i], c, e);
        if (status == STATUS_OK && strcmp(one->source, AUTO) == 0) {
            status = replace_auto(in, c, e);
            one = &in->input[in->n - 1];
        }
        if (status != STATUS_OK)
            return status;
        if (strcmp(one->path, "-") != 0)
            continue;
        if (standard_input)
            return error_set(e, STATUS_CONFIG, "%s: standard input (-) can be read once only", argument[i]);
        standard_input = true;
    }
    if (n == 0)
        return error_set(e, STATUS_CONFIG,
                         "nothing to read: expected SOURCE=PATH (tidemark sources lists the sources)");
    return STATUS_OK;
}

void inputs_fini(struct inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        input_fini(&in->input[i]);
    free(in->input);
    *in = (struct inputs){ 0 };
}

bool inputs_seen(const struct inputs *in, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(in->input[i].source, in->input[at].source) == 0)
            return true;
    return false;
}
