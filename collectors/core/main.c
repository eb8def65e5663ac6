/* tidemark-collector-<id>: reads inputs of one vendor, sends record batches to normalizers. */
#include "core/delivery.h"
#include "core/identify.h"

#include "common/link/link.h"
#include "common/report.h"

#include <stdio.h>

static int fail(enum status status, const struct error *e)
{
    if (e->text[0])
        fprintf(stderr, "tidemark-collector-%s: %s\n", the_collector->id, e->text);
    return status_exit_code(status);
}

/* Deliver what was opened; everything is given back behind it. */
static enum status deliver(struct options *o, struct share *share, struct error *e)
{
    struct link_context *context = link_context_new();
    struct rejects *rejects = NULL;
    struct delivery *delivery = NULL;
    enum status status = rejects_open(o->rejects, o->source, &rejects, e);
    if (status == STATUS_OK)
        status = delivery_new(context, o, the_collector, share, rejects, &delivery, e);
    if (status == STATUS_OK) {
        role_status(&o->role, SPAN_LITERAL("{\"event\":\"ready\"}"));
        role_wait_go(&o->role);
        status = delivery_run(delivery, e);
        role_report(&o->role, context, delivery_records(delivery));
    }
    delivery_free(&delivery);
    rejects_close(&rejects);
    link_context_free(&context);
    return status;
}

int main(int argc, char **argv)
{
    struct options o;
    struct inputs inputs;
    struct share share = { 0 };
    struct error e = { 0 };
    options_parse(&o, the_collector, argc, argv);
    if (o.identify) {
        int code = identify_print(the_collector, &o);
        options_fini(&o);
        return code;
    }
    enum status status = inputs_find(&inputs, &o, the_collector, &e);
    if (status == STATUS_OK && inputs.failures && (inputs.internal || !o.keep_going))
        status = inputs.internal ? STATUS_SYSTEM : STATUS_INPUT;
    if (status == STATUS_OK) {
        status = share_open(&share, &inputs, &o, &e);
        if (status == STATUS_OK)
            status = deliver(&o, &share, &e);
    }
    if (status == STATUS_OK && inputs.failures)
        status = STATUS_INPUT;
    share_close(&share);
    inputs_fini(&inputs);
    options_fini(&o);
    return status == STATUS_OK ? EXIT_CODE_OK : status == STATUS_AGAIN ? EXIT_CODE_AGAIN : fail(status, &e);
}
