/* tidemark-normalizer: what vendors' words mean in ASIM, and which shard owns a port. */
#include "catalog.h"
#include "options.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct role role;
    struct options options;
    role_init(&role, "normalizer");
    options_parse(&options, &role, argc, argv);
    switch (options.task) {
    case TASK_LIST:
        return catalog_list(options.service.maps);
    case TASK_DESCRIBE:
        return catalog_describe(options.service.maps, options.describe);
    case TASK_CHECK_MAPS:
        return catalog_check(options.service.maps);
    case TASK_HELP:
        fputs(options_help, stdout);
        return EXIT_CODE_OK;
    case TASK_RUN:
        break;
    }
    return service_run(&role, &options.service);
}
