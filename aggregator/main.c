/* tidemark-aggregator: counts the sessions of a range of destination ports in windows of time. */
#include "common/link/link.h"
#include "common/role.h"
#include "options.h"
#include "service.h"

#include <stdio.h>
#include <sys/random.h>

static int fail(enum status status, const struct error *e)
{
    fprintf(stderr, "tidemark-aggregator: %s\n", e->text);
    return status_exit_code(status);
}

int main(int argc, char **argv)
{
    struct role role;
    struct options options;
    struct error e = { 0 };
    role_init(&role, "aggregator");
    options_parse(&options, &role, argc, argv);
    struct service_options o = { .context = link_context_new(),
                                 .role = &role,
                                 .bind = options.bind,
                                 .connect = options.connect,
                                 .senders = options.senders,
                                 .shard = { .first_port = options.first_port,
                                            .last_port = options.last_port,
                                            .windows = { .window_ms = options.window_ms,
                                                         .lateness_ms = options.lateness_ms,
                                                         .windows_max = options.windows_in_memory },
                                            .runs = { .folder = options.state_dir } } };
    if (getrandom(&o.shard.seed, sizeof o.shard.seed, 0) != sizeof o.shard.seed)
        return fail(error_errno(&e, "random numbers: the kernel gives none"), &e);
    struct service *service = NULL;
    enum status status = runs_check_folder(options.state_dir, &e);
    if (status == STATUS_OK)
        status = service_new(&o, &service, &e);
    if (status == STATUS_OK) {
        role_status(&role, SPAN_LITERAL("{\"event\":\"ready\"}"));
        role_wait_go(&role);
        status = service_run(service, &e);
    }
    service_free(&service);
    link_context_free(&o.context);
    return status == STATUS_OK ? EXIT_CODE_OK : fail(status, &e);
}
